// What every page shares: busy buttons, no double submit, focus where the fault is. Pages work without it.
"use strict";

function setBusy(form, busy) {
  for (const button of form.querySelectorAll("button[data-busy]")) {
    if (busy) {
      button.dataset.word ??= button.textContent;
      button.setAttribute("aria-busy", "true");
      button.textContent = button.dataset.busy;
    } else if (button.dataset.word) {
      button.removeAttribute("aria-busy");
      button.textContent = button.dataset.word;
    }
  }
  form.toggleAttribute("data-sending", busy);
}

// A form on its way is not sent again; htmx and plain submits alike. Searches (GET) may overtake.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method.toLowerCase() === "get" || event.submitter?.formMethod === "dialog") return;
    if (form.hasAttribute("data-sending")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    setBusy(form, true);
    remember(form);
  },
  true,
);

// A form that creates something carries a one-use key. Where no answer came, it may have been saved
// all the same: then the form keeps that key over a reload, so that filled in again it is made once.
function keyOf(form) {
  return form.querySelector("input[type=hidden][name=key]");
}

function unanswered(form) {
  return `unanswered ${form.getAttribute("action")}`;
}

function remember(form) {
  const key = keyOf(form);
  if (key && form.matches("[hx-post]")) sessionStorage.setItem(unanswered(form), key.value);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[hx-post]")) {
    const key = keyOf(form);
    const sent = key && sessionStorage.getItem(unanswered(form));
    if (sent) key.value = sent;
  }
});

// An answer of ours settles it; one of a proxy (502) says nothing of what was done.
function isAnswered(xhr) {
  return xhr.status > 0 && xhr.status < 500;
}

// The page is on its way out: until it is gone a second click would send the form again.
function leaves(xhr) {
  return xhr.status < 400 && ["HX-Redirect", "HX-Location", "HX-Refresh"].some((name) => xhr.getResponseHeader(name));
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form");
  const xhr = event.detail.xhr;
  if (!form) return;
  if (isAnswered(xhr)) sessionStorage.removeItem(unanswered(form));
  if (!leaves(xhr)) setBusy(form, false);
});

// Back from the browser's cache: what was busy is not any more.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sending]")) setBusy(form, false);
});

function say(sentence, token = "danger") {
  const box = document.getElementById("messages");
  if (!box) return;
  const line = document.createElement("p");
  line.className = `toast ${token}`;
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  box.replaceChildren(line);
}

document.addEventListener("htmx:sendError", () => say("网络不通，您填的都还在，请检查网络后再试。"));
document.addEventListener("htmx:timeout", () => say("等得太久没有回应，您填的都还在，请再试一次。"));
document.addEventListener("htmx:beforeRequest", (event) => {
  // Polling that fails must not pile up messages; anything else starts with a clean slate.
  if (!event.detail.elt.hasAttribute("data-poll")) document.getElementById("messages")?.replaceChildren();
});

// A session ends when nobody acts for an hour. What an open page asks by itself is marked, unless
// somebody touched the page since it asked last: whoever types a long form is not idle.
const UNATTENDED_AFTER_MS = 60_000;
let touchedAt = Date.now();
for (const name of ["pointerdown", "keydown", "wheel"]) {
  document.addEventListener(name, () => (touchedAt = Date.now()), { capture: true, passive: true });
}

function attendance() {
  return Date.now() - touchedAt > UNATTENDED_AFTER_MS ? { "Weibu-Unattended": "1" } : {};
}

// Whose page it is: nothing on it is done in the name of whoever logged in beside it since.
function ownership() {
  const { person } = document.body.dataset;
  return person ? { "Weibu-Person": person } : {};
}

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers } = event.detail;
  Object.assign(headers, ownership(), elt.hasAttribute("data-poll") ? attendance() : {});
});

// What somebody is typing into is not exchanged under their hands: it is asked for again later.
const TYPING_AGAIN_MS = 3000;

function isTypedInto(element) {
  const fields = [...element.querySelectorAll("input[type=text], textarea")];
  return fields.some((field) => field === document.activeElement || field.value !== field.defaultValue);
}
document.addEventListener("htmx:beforeRequest", (event) => {
  const element = event.detail.elt;
  if (!element.matches("[data-refresh-on]") || !isTypedInto(element)) return;
  event.preventDefault();
  setTimeout(() => element.isConnected && htmx.trigger(element, "refresh"), TYPING_AGAIN_MS);
});

function focusFirstFault(root) {
  root.querySelector?.("[aria-invalid='true'], .wrong input")?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => focusFirstFault(event.detail.elt));
document.addEventListener("DOMContentLoaded", () => focusFirstFault(document));

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  const printer = event.target.closest("[data-print]");
  if (printer) window.print();
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog")?.close();
});

// Plain http has no clipboard: there an invisible field is selected and copied.
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("not copied");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const sign = button.querySelector(".copied");
  try {
    await copyText(button.dataset.copy);
    sign.textContent = "已复制";
    setTimeout(() => (sign.textContent = "复制"), 2000);
  } catch {
    say("浏览器不让复制，请自己选中号码复制。");
  }
});

// A syllable of pinyin that is still being composed is not looked for; the word that it becomes is.
document.addEventListener("input", (event) => event.isComposing && event.stopImmediatePropagation(), true);
document.addEventListener("compositionend", (event) => {
  event.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
});

// "/" goes to the page's search field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select, dialog")) return;
  const search = document.querySelector("main input[type='search']");
  if (search) {
    event.preventDefault();
    search.select();
    search.focus();
  }
});
