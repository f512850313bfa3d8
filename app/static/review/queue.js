// What /api/reviews says: the next film, leases, undo. Knows nothing of the page.
"use strict";

const PATIENCE_MS = 15_000;

class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? "出了一点问题，请稍后再试。");
    this.status = status;
    this.type = problem.type ?? "";
  }
}

/** What stands in the way may pass: trying again makes sense. `message` says what it is. */
class Trouble extends Error {}

const NOT_THIS_PERSON = new Set(["not-logged-in", "other-person"]);

/** POST JSON; a Refusal for an answer of 4xx, a Trouble for what may pass. */
async function post(path, body, headers = {}) {
  const response = await fetch(`/api/reviews${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...ownership(), ...attendance(), ...headers },
    body: JSON.stringify(body),
    keepalive: true,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new Trouble("网络不通");
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (NOT_THIS_PERSON.has(answer.type)) {
    sessionOver();
    throw new Trouble("登录已过期");
  }
  if (response.status >= 500 || response.status === 429) throw new Trouble("服务暂时连不上");
  throw new Refusal(response.status, answer);
}

const HEARD_MS = 60; // other tabs of this browser answer at once

/** What other tabs of the same person show: leases are theirs, too, so the server cannot tell. */
class OtherTabs {
  #held = new Map(); // of a tab: the films that it shows
  #tab = crypto.randomUUID();
  #channel = window.BroadcastChannel ? new BroadcastChannel("weibu-review") : null;

  constructor() {
    const person = document.body.dataset.person;
    this.person = person;
    this.own = [];
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#channel?.postMessage({ person, asks: true });
    this.ready = new Promise((done) => setTimeout(done, this.#channel ? HEARD_MS : 0));
  }

  #hear({ person, asks, tab, films }) {
    if (person !== this.person) return;
    if (asks) this.tell(this.own);
    else this.#held.set(tab, films);
  }

  tell(films) {
    this.own = films;
    this.#channel?.postMessage({ person: this.person, tab: this.#tab, films });
  }

  get films() {
    return [...this.#held.values()].flat();
  }
}

class Queue {
  current = null;
  ahead = [];
  skipped = new Set();
  deciding = new Set(); // verdicts on their way: the server may still think these are waiting
  others = new OtherTabs();
  #fetching = null;

  constructor(onCounts) {
    this.onCounts = onCounts;
  }

  get held() {
    return [this.current, ...this.ahead].filter(Boolean).map((item) => item.recording_id);
  }

  /** Fetch one film ahead unless there is one; answers whether any came. */
  fill() {
    if (this.ahead.length > 0) return Promise.resolve(true);
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch() {
    await this.others.ready;
    const skipping = [...this.skipped, ...this.deciding, ...this.others.films].slice(-200);
    const answer = await post("/next", { holding: this.held, skipping });
    this.onCounts(answer);
    if (!answer.item || this.held.includes(answer.item.recording_id)) return false;
    this.ahead.push(answer.item);
    this.others.tell(this.held);
    return true;
  }

  /** Move on: the next film becomes the current one (null when none is there yet). */
  advance() {
    this.current = this.ahead.shift() ?? null;
    this.others.tell(this.held);
    return this.current;
  }

  /** An undone film comes back; the one it pushes aside waits behind it. */
  comeBack(item) {
    if (this.current) this.ahead.unshift(this.current);
    this.current = item;
    this.others.tell(this.held);
  }

  /** An undone film comes back behind the one that is watched by now. */
  comeNext(item) {
    this.ahead.unshift(item);
    this.others.tell(this.held);
  }

  skip() {
    const item = this.current;
    this.skipped.add(item.recording_id);
    post("/release", { recording_ids: [item.recording_id] }).catch(() => {}); // the lease runs out by itself
    return item;
  }

  /** Keep the leases of the films on the screen; answers those that are lost. */
  async keep() {
    if (this.held.length === 0) return [];
    const asked = this.held;
    const answer = await post("/keep", { holding: asked });
    this.onCounts(answer);
    return asked.filter((id) => !answer.kept.includes(id));
  }

  /** The page is going away: put everything back, also from a closing tab. */
  leave() {
    this.others.tell([]);
    const ids = this.held.slice(0, 3);
    if (ids.length === 0) return;
    const body = new Blob([JSON.stringify({ recording_ids: ids })], { type: "application/json" });
    navigator.sendBeacon("/api/reviews/release", body);
  }
}
