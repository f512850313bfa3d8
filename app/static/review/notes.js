// What the page says in passing: hints, and the ten seconds in which a verdict can be taken back.
"use strict";

const HINT_MS = 7_000;
const PASSING = new Set(["refused", "undone", "watch"]); // said once; the others stand until it is over

class Hints {
  #timer = 0;

  constructor(box) {
    this.box = box;
  }

  say(text, kind, source) {
    this.box.textContent = text;
    this.box.className = `review-hint ${kind}`;
    this.box.dataset.source = source;
    clearTimeout(this.#timer);
    if (PASSING.has(source)) this.#timer = setTimeout(() => this.clear(source), HINT_MS);
  }

  clear(...sources) {
    if (sources.includes(this.box.dataset.source)) this.say("", "", "");
  }
}

/** Keys of one letter can be switched off: speech input and screen readers press them by chance. */
class KeySwitch {
  static #PLACE = "weibu-review-keys";

  constructor(button, root) {
    this.button = button;
    this.root = root;
    this.on = localStorage.getItem(KeySwitch.#PLACE) !== "off";
    this.#draw();
  }

  toggle() {
    this.on = !this.on;
    localStorage.setItem(KeySwitch.#PLACE, this.on ? "on" : "off");
    this.#draw();
  }

  #draw() {
    this.button.setAttribute("aria-pressed", String(this.on));
    this.button.querySelector("[data-word]").textContent = this.on ? "开" : "关";
    this.root.classList.toggle("keys-off", !this.on);
  }
}

class UndoOffer {
  #timer = 0;
  #until = 0;
  last = null; // {item, sent}: what U takes back

  constructor(box, seconds) {
    this.box = box;
    this.seconds = seconds;
  }

  make(item, word, sent) {
    this.last = { item, sent };
    this.#until = performance.now() + this.seconds * 1000;
    this.box.querySelector("[data-said]").textContent = `${item.patient.name} 已判：${word}`;
    this.box.hidden = false;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#draw(), 250);
    this.#draw();
  }

  #draw() {
    const left = Math.ceil((this.#until - performance.now()) / 1000);
    if (left <= 0) this.take();
    else this.box.querySelector("[data-left]").textContent = `${left} 秒`;
  }

  /** Answer what can be taken back, and withdraw the offer. */
  take() {
    const { last } = this;
    clearInterval(this.#timer);
    this.last = null;
    this.box.hidden = true;
    return last;
  }
}
