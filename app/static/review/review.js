// The review page: keys and buttons in, verdicts out. One key a verdict, the next film at once.
"use strict";

(() => {
  const root = document.getElementById("review");
  if (!root) return;
  const { words, settings } = JSON.parse(document.getElementById("review-words").textContent);
  const $ = (selector) => root.querySelector(selector);
  const WORDLESS = "other"; // the one reason that says nothing by itself
  const JUST_SHOWN_MS = 500; // a second press of a verdict key must not judge the next film
  const LEAST_WATCHED_MS = 700; // nobody passes a film unseen
  const HOLD_EVERY_MS = Math.min(60_000, (settings.lease_s * 1000) / 3);
  const IDLE_MS = 10 * 60_000;
  const LOOK_AGAIN_MS = 20_000;
  const AT_ONCE_MS = 1_500; // an undo that took longer does not take a film out of somebody's hands

  let shownAt = 0;
  let openedAt = new Date();
  let lastTouch = Date.now();
  let away = false;

  const player = new Player($("#review-screen"), drawPlayer);
  const queue = new Queue(drawCounts);
  const outbox = new Outbox(drawTrouble);
  const reasons = new ReasonPanel($("#review-reasons"), words.reasons, words);
  const tablets = new TabletPanel($("#review-tablets"));
  const comment = $("#review-comment");
  const hints = new Hints($("#review-hint"));
  const offer = new UndoOffer($("#review-undo"), settings.undo_s);
  const keys = new KeySwitch($('[data-do="keys"]'), root);

  // -- drawing ------------------------------------------------------------------------------

  function drawCounts(counts) {
    for (const name of ["waiting", "overdue", "flagged"]) $(`[data-count="${name}"]`).textContent = counts[name] < 100 ? counts[name] : "99+";
  }

  function drawPlayer() {
    const video = player.video;
    if (!video) return;
    $("#review-wait").hidden = player.failed || video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    $('[data-do="play"] [data-word]').textContent = video.paused ? "播放" : "暂停";
    $('[data-do="sound"] [data-word]').textContent = player.muted ? "开声音" : "关声音";
    for (const button of root.querySelectorAll("[data-rate]")) button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === player.rate));
    const length = Number.isFinite(video.duration) ? video.duration : (queue.current?.duration_ms ?? 0) / 1000;
    $("#review-time").value = length ? video.currentTime / length : 0;
    $("[data-time]").textContent = `${clockTime(video.currentTime)} / ${clockTime(length)}`;
    if (player.failed) hints.say("视频打不开。按 R 再试一次；还不行就按 4 退回，选“视频损坏”。", "danger", "player");
    else hints.clear("player");
  }

  function drawTrouble(error) {
    if (error === null && outbox.waiting === 0) hints.clear("network");
    else if (error) hints.say(`${error.message}，结论已经记下，正在重发（${outbox.waiting} 条）。请先不要关掉这一页。`, "danger", "network");
  }

  function setState(state) {
    root.dataset.state = state;
    $("#review-stage").hidden = state !== "watching";
    $("#review-loading").hidden = state !== "loading";
    $("#review-empty").hidden = state !== "empty";
  }

  function drawEmpty() {
    const skipped = queue.skipped.size;
    $("#review-empty [data-title]").textContent = skipped ? `只剩您跳过的 ${skipped} 段视频。` : "没有要审核的视频了。";
    $("#review-empty [data-text]").textContent = skipped ? "" : "有新视频送到，这里会自己出现，不用刷新。";
    $('[data-do="again"]').hidden = !skipped;
    setState("empty");
  }

  // -- moving through the queue ---------------------------------------------------------------

  function showCurrent(pressedAt) {
    const item = queue.current;
    closePanels();
    comment.value = "";
    comment.blur();
    shownAt = performance.now();
    openedAt = new Date();
    setState("watching");
    player.show(item, pressedAt);
    drawTiles($("#review-tiles"), item, (share) => player.seekShare(share));
    drawFacts(root, item, words);
    $("#review-now").textContent = announced(item, words);
    root.dataset.recording = item.recording_id;
  }

  async function lookAhead() {
    try {
      if (await queue.fill()) player.prepare(queue.ahead[0]);
      hints.clear("next");
      return true;
    } catch (error) {
      refused(error);
      if (!(error instanceof Refusal)) hints.say(`${error.message}，取不到下一段视频，正在再试。`, "danger", "next");
      return false;
    }
  }

  async function moveOn(pressedAt = null) {
    if (queue.current) player.drop(queue.current);
    delete root.dataset.recording;
    if (!queue.advance()) {
      if (root.dataset.state === "watching") setState("loading");
      const asked = await lookAhead();
      if (queue.current) return; // an undo came in between
      if (!queue.advance()) {
        if (asked) drawEmpty();
        return;
      }
    }
    showCurrent(pressedAt);
    lookAhead();
  }

  function skip() {
    if (!queue.current) return;
    queue.skip();
    moveOn(performance.now());
  }

  function again() {
    queue.skipped.clear();
    moveOn();
  }

  // -- verdicts -------------------------------------------------------------------------------

  function judge(verdict, pressedAt) {
    if (!queue.current || panelOpen() || performance.now() - shownAt < JUST_SHOWN_MS) return;
    if (verdict === "observed") {
      if (player.watchedMs < LEAST_WATCHED_MS) hints.say("请先看一眼视频，再判通过。", "warn", "watch");
      else decide({ verdict }, pressedAt);
    } else if (verdict === "partial") {
      tablets.open(queue.current.dose.drugs, (seen) => decide({ verdict, tablets: seen }, performance.now()));
    } else {
      reasons.open(verdict, (reason) => {
        if (reason === WORDLESS && !comment.value.trim()) return askForWords();
        decide({ verdict, reason }, performance.now());
      });
    }
  }

  // The patient is told to read what the doctor wrote.
  function askForWords() {
    hints.say("选“其他原因”要先写附言，患者才知道哪里不对。写好按 Enter，再判一次。", "warn", "words");
    comment.focus();
  }

  function decide(choice, pressedAt) {
    const item = queue.current;
    const body = {
      reason: null,
      tablets: null,
      ...choice,
      comment: comment.value.trim() || null,
      watched_ms: player.watchedMs,
      played_rate: String(player.rate),
      opened_at: openedAt.toISOString(),
    };
    queue.deciding.add(item.recording_id);
    const sent = outbox.send(item.recording_id, body);
    offer.make(item, words.verdicts[choice.verdict], sent);
    sent.catch((error) => notTaken(item, error)).finally(() => queue.deciding.delete(item.recording_id));
    hints.clear("watch", "words", "undone");
    moveOn(pressedAt);
  }

  function notTaken(item, error) {
    if (offer.last?.item === item) offer.take();
    refused(error);
    const name = item.patient.name;
    if (error.type === "lease-lost") hints.say(`${name} 的视频已转给别的医生，您刚才的判定没有记入。`, "warn", "refused");
    else if (error.type === "already-reviewed") hints.say(`${name} 的视频已有结论（别的医生，或您在另一个窗口），刚才这次没有记入。`, "warn", "refused");
    else hints.say(`${name} 的判定没有记入：${error.message}`, "danger", "refused");
  }

  function refused(error) {
    if (error instanceof Refusal) hints.say(error.message, "danger", "refused");
  }

  /** What the page before this one could not send. */
  function resume() {
    for (const { recordingId, sent } of outbox.resume()) {
      queue.deciding.add(recordingId);
      sent
        .then(
          () => hints.say("上次没有发完的结论，已经发出了。", "", "undone"),
          (error) => hints.say(`上次有一条结论没有记入：${error.message}`, "danger", "refused"),
        )
        .finally(() => queue.deciding.delete(recordingId));
    }
  }

  // -- undo -----------------------------------------------------------------------------------

  async function undo() {
    const last = offer.take();
    if (!last) return;
    const { item, sent } = last;
    const pressedAt = performance.now();
    hints.say("正在撤销…", "", "undoing");
    try {
      const review = await sent;
      await outbox.undo(review.review_id);
    } catch (error) {
      hints.say(error.message, "danger", "refused");
      return;
    }
    player.drop(item);
    if (queue.current && performance.now() - pressedAt > AT_ONCE_MS) {
      queue.comeNext(item);
      hints.say(`已撤销对 ${item.patient.name} 的判定，看完这一段就是他。`, "", "undone");
      return;
    }
    queue.comeBack(item);
    showCurrent(null);
    hints.say("已撤销，请重新判定。", "", "undone");
  }

  // -- leases ---------------------------------------------------------------------------------

  async function keepHolding() {
    if (away || document.hidden || Date.now() - lastTouch > IDLE_MS) return;
    try {
      const lost = await queue.keep();
      if (queue.current) drawDue(root, queue.current);
      for (const id of lost) loseFilm(id);
    } catch (error) {
      refused(error);
    }
  }

  function loseFilm(recordingId) {
    const gone = queue.ahead.find((item) => item.recording_id === recordingId);
    queue.ahead = queue.ahead.filter((item) => item !== gone);
    if (gone) player.drop(gone);
    if (queue.current?.recording_id !== recordingId) return;
    hints.say("离开太久，这段视频已转给别的医生，请看下一段。", "warn", "refused");
    moveOn();
  }

  async function lookAgain() {
    if (away || document.hidden) return;
    if (root.dataset.state === "empty" && queue.skipped.size === 0) moveOn();
    else if (root.dataset.state === "loading" && !queue.current) moveOn();
    else if (queue.current && queue.ahead.length === 0) lookAhead();
  }

  // -- keys and buttons -----------------------------------------------------------------------

  const panelOpen = () => reasons.isOpen || tablets.isOpen;

  function closePanels() {
    reasons.close();
    tablets.close();
  }

  function restart() {
    if (player.failed) {
      location.reload(); // its link has run out: leases go back, fresh links come
    } else {
      player.seek(0);
      player.play();
    }
  }

  const ACTIONS = {
    play: () => player.toggle(),
    back: () => player.step(-1),
    forward: () => player.step(1),
    sound: () => player.toggleSound(),
    speed: () => player.cycleRate(),
    restart,
    comment: () => comment.focus(),
    cancel: closePanels,
    skip,
    undo,
    again,
    keys: () => keys.toggle(),
  };
  const KEYS = {
    " ": "play", k: "play", j: "back", l: "forward", arrowleft: "back", arrowright: "forward",
    m: "sound", s: "speed", r: "restart", c: "comment", n: "skip", u: "undo",
  };
  const VERDICTS = { 1: "observed", 2: "partial", 3: "unverifiable", 4: "rejected" };
  const REPEATING = new Set(["back", "forward"]);

  function inField(event) {
    if (event.key === "Escape") {
      event.target.blur();
      closePanels();
    } else if (event.key === "Enter" && tablets.isOpen && event.target !== comment) {
      event.preventDefault();
      tablets.submit();
    } else if (event.key === "Enter") {
      event.target.blur();
    }
  }

  function onKey(event) {
    lastTouch = Date.now();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("input, textarea, select")) return inField(event);
    if (root.dataset.state !== "watching" && event.key.toLowerCase() !== "u") return;
    if (event.key === "Escape") return closePanels();
    if (!keys.on) return;
    if (reasons.isOpen && /^\d$/.test(event.key)) {
      event.preventDefault(); // its digit must not fall into the field that is asked for next
      if (!event.repeat) reasons.key(event);
      return;
    }
    const verdict = VERDICTS[event.key];
    const action = KEYS[event.key.toLowerCase()];
    if (!verdict && !action) return;
    event.preventDefault();
    if (event.repeat && !REPEATING.has(action)) return;
    if (verdict) judge(verdict, performance.now());
    else ACTIONS[action]();
  }

  root.addEventListener("click", (event) => {
    lastTouch = Date.now();
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.verdict) judge(button.dataset.verdict, performance.now());
    else if (button.dataset.rate) player.rate = Number(button.dataset.rate);
    else ACTIONS[button.dataset.do]?.();
    const byPointer = event.detail > 0;
    if (byPointer && !button.dataset.reason) button.blur(); // so that the space bar plays, and does not press it again
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointermove", () => (lastTouch = Date.now()), { passive: true });

  window.addEventListener("pagehide", () => {
    away = true;
    queue.leave();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  window.addEventListener("beforeunload", (event) => {
    if (outbox.waiting > 0) event.preventDefault();
  });
  window.addEventListener("online", lookAgain);
  document.addEventListener("weibu:logged-in", lookAgain);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) keepHolding().then(lookAgain);
  });

  setInterval(keepHolding, HOLD_EVERY_MS);
  setInterval(lookAgain, LOOK_AGAIN_MS);
  resume();
  moveOn();
})();
