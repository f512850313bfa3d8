// Where an answer is not the page's own: a proxy's error, the end of the session. What was typed stays.
"use strict";

(() => {
  const OVER = "Weibu-Session-Over";
  const channel = window.BroadcastChannel ? new BroadcastChannel("weibu-session") : null;
  const person = document.body.dataset.person;
  const name = document.querySelector(".topbar .who")?.textContent.trim();
  const dialog = document.getElementById("session-over");

  // Whatever we make for htmx says that it differs by it; a proxy's own page does not.
  const isOurs = (xhr) => /\bHX-Request\b/i.test(xhr.getResponseHeader("Vary") ?? "");

  function veil() {
    if (dialog && !dialog.open) dialog.showModal();
  }
  window.sessionOver = veil; // for what asks without htmx

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status < 400) return;
    const isPoll = requestConfig.elt.hasAttribute("data-poll");
    if (xhr.getResponseHeader(OVER)) veil();
    else if (isOurs(xhr) && !isPoll) return;
    else if (!isPoll) say("服务暂时连不上，您填的都还在，请过一会儿再试。");
    event.detail.shouldSwap = false;
  });

  // Nothing but a login of the same person takes the veil away.
  dialog?.addEventListener("cancel", (event) => event.preventDefault());

  function heard({ data }) {
    if (!dialog?.open) return;
    const other = dialog.querySelector("[data-someone-else]");
    other.hidden = data.person === person;
    other.querySelector("[data-name]").textContent = data.name;
    if (data.person !== person) return;
    dialog.close();
    say("已重新登录，请再按一次刚才的按钮。", "ok");
    document.dispatchEvent(new CustomEvent("weibu:logged-in"));
  }
  if (channel) channel.onmessage = heard;
  if (person) channel?.postMessage({ person, name });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-tab]")) window.close();
  });
})();

// A form that somebody has begun to fill in is not left by an accident.
(() => {
  const KEPT = "form[method='post']:not(.search, [action^='/staff/login'], [action='/staff/logout'])";
  const begun = new WeakSet();

  document.addEventListener("input", (event) => {
    const form = event.target.closest(KEPT);
    if (form) begun.add(form);
  });
  const sent = (form) => form && begun.delete(form);
  document.addEventListener("htmx:beforeRequest", (event) => sent(event.detail.elt.closest("form")));
  // Refused, it stands there again with what was typed; saved or not, htmx has made it anew.
  document.addEventListener("htmx:afterSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const form = requestConfig.elt.closest("form");
    if (xhr.status < 400 || !form?.matches(KEPT)) return;
    const isAgain = (one) => one.getAttribute("action") === form.getAttribute("action");
    begun.add([...document.forms].find(isAgain) ?? form);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.requestConfig?.elt.closest("form");
    if (form?.matches(KEPT) && !event.detail.successful) begun.add(form);
  });

  // A form that htmx does not send takes its page with it: first it is asked whether it would arrive.
  const SESSION = "/staff/session";

  async function arrives() {
    try {
      const answer = await fetch(SESSION, { headers: { "HX-Request": "true", ...ownership() } });
      if (answer.status === 204) return true;
      if (answer.status === 401) window.sessionOver();
      else if (answer.status === 409) say("现在登录的是另一位。请他先退出，您再登录，这一页上填的才能保存。");
      else say("服务暂时连不上，您填的都还在，请过一会儿再试。");
    } catch {
      say("网络不通，您填的都还在，请检查网络后再试。");
    }
    return false;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches(KEPT) || form.matches("[hx-post]")) return;
    event.preventDefault();
    const pressed = event.submitter;
    if (!(await arrives())) {
      setBusy(form, false);
      return;
    }
    if (pressed?.name) {
      form.insertAdjacentHTML("beforeend", "<input type='hidden'>");
      Object.assign(form.lastElementChild, { name: pressed.name, value: pressed.value });
    }
    sent(form);
    HTMLFormElement.prototype.submit.call(form);
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...document.querySelectorAll(KEPT)].some((form) => begun.has(form));
    if (open) event.preventDefault();
  });
})();
