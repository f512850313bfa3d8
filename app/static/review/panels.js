// The two questions a verdict may need: which reason, how many tablets.
"use strict";

const REASON_KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];
const SAME_KEY_MS = 300; // a second press of the key that opened a panel is not its answer

/** A dialog beside the film: it has the focus while it is open, and gives it back. */
class Panel {
  #before = null;

  constructor(root) {
    this.root = root;
  }

  get isOpen() {
    return !this.root.hidden;
  }

  show(field) {
    this.#before = document.activeElement;
    this.root.hidden = false;
    (field ?? this.root).focus();
    field?.select();
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.root.contains(document.activeElement);
    this.root.hidden = true;
    if (hadFocus && this.#before?.isConnected) this.#before.focus();
  }
}

class ReasonPanel extends Panel {
  constructor(root, reasons, words) {
    super(root);
    this.words = words;
    this.list = root.querySelector("[data-reasons]");
    this.reasons = reasons;
    this.answer = null;
    this.list.replaceChildren(...reasons.map((reason, index) => this.#button(reason, REASON_KEYS[index])));
  }

  #button([value, word], key) {
    const button = make("button", "");
    button.type = "button";
    button.dataset.reason = value;
    button.append(make("kbd", "", key), ` ${word}`);
    button.addEventListener("click", () => this.#choose(value));
    return button;
  }

  open(verdict, answer) {
    this.answer = answer;
    this.openedAt = performance.now();
    this.root.querySelector("[data-title]").textContent = `${this.words.verdicts[verdict]}：什么原因？`;
    this.root.dataset.verdict = verdict;
    this.show();
  }

  #choose(reason) {
    if (!this.isOpen) return;
    this.close();
    this.answer(reason);
  }

  key(event) {
    const index = REASON_KEYS.indexOf(event.key);
    if (index < 0 || index >= this.reasons.length) return;
    if (performance.now() - this.openedAt < SAME_KEY_MS) return;
    this.#choose(this.reasons[index][0]);
  }
}

class TabletPanel extends Panel {
  constructor(root) {
    super(root);
    this.drugs = root.querySelector("[data-drugs]");
    this.fault = root.querySelector("[data-fault]");
    this.answer = null;
    root.querySelector('[data-do="partial"]').addEventListener("click", () => this.submit());
  }

  open(drugs, answer) {
    this.answer = answer;
    this.drugs.replaceChildren(...drugs.map((drug) => this.#line(drug)));
    this.fault.hidden = true;
    this.show(this.drugs.querySelector("input"));
  }

  #line(drug) {
    const line = make("label", "review-count");
    const input = make("input");
    Object.assign(input, { type: "number", min: 0, max: 20, step: 0.25, value: Number(drug.tablets) });
    input.dataset.drug = drug.name;
    input.dataset.strength = drug.strength ?? "";
    input.dataset.expected = Number(drug.tablets);
    const name = make("span", "", drug.name);
    if (drug.strength) name.append(" ", make("small", "soft", drug.strength));
    line.append(name, input, make("span", "soft", `应服 ${tabletsOf(drug.tablets)}`));
    return line;
  }

  submit() {
    if (!this.isOpen) return;
    const inputs = [...this.drugs.querySelectorAll("input")];
    const wrong = inputs.find((input) => input.value === "" || !input.checkValidity());
    const unchanged = inputs.every((input) => Number(input.value) === Number(input.dataset.expected));
    if (wrong || unchanged) {
      this.fault.textContent = wrong ? "片数要填 0 到 20，可以填半片（0.5）或四分之一片（0.25）。" : "片数与应服的一样：改成实际看到的片数，或按 Esc 返回判“通过”。";
      this.fault.hidden = false;
      (wrong ?? inputs[0])?.focus();
      return;
    }
    this.close();
    this.answer(inputs.map(({ dataset, value }) => ({ name: dataset.drug, strength: dataset.strength || null, seen: value })));
  }
}
