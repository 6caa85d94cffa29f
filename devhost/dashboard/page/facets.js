/** Choices with the number of instances behind each, such as the statuses and the outcomes that there are. */

import { h, setText } from "./dom.js";

const AT_ONCE = 10;

/** Chips that can be switched on and off; they stay where they are while their numbers change. */
export class Facet {
  #changed;
  #chosen;
  #chips = new Map();
  #all = false;
  #list = h("div", { class: "chips" });
  #more = h("button", { type: "button", class: "link", hidden: true, onclick: () => this.#showAll() });
  #last = [];

  /** `changed()` hears of each choice; `look(value)` gives the tone of a chip. */
  constructor(label, chosen, changed, look) {
    this.#chosen = new Set(chosen);
    this.#changed = changed;
    this.look = look;
    this.element = h("fieldset", { class: "facet" }, h("legend", {}, label), this.#list, this.#more);
  }

  get chosen() {
    return [...this.#chosen];
  }

  /** Show the values with their numbers, `[value, text]` in order. What is chosen is shown with or without one. */
  show(values) {
    this.#last = values;
    const missing = this.chosen.filter((value) => !values.some(([one]) => one === value)).map((value) => [value, "0"]);
    const all = [...values, ...missing];
    const shown = this.#all ? all : all.filter(([value], n) => n < AT_ONCE || this.#chosen.has(value));
    const chips = shown.map(([value, count]) => this.#chip(value, count));
    for (const chip of [...this.#list.children]) if (!chips.includes(chip)) chip.remove();
    chips.forEach((chip, n) => {
      if (this.#list.children[n] !== chip) this.#list.insertBefore(chip, this.#list.children[n] ?? null);
    });
    this.#more.hidden = shown.length === all.length;
    setText(this.#more, `${all.length - shown.length} more`);
    this.element.hidden = all.length === 0;
  }

  #chip(value, count) {
    if (!this.#chips.has(value)) {
      const box = h("input", {
        type: "checkbox",
        value,
        checked: this.#chosen.has(value),
        onchange: () => this.#choose(value, box.checked),
      });
      const number = h("span", { class: "count" });
      const label = h("span", { class: this.look(value) }, value, " ", number);
      this.#chips.set(value, { element: h("label", { class: "chip" }, box, label), number });
    }
    const chip = this.#chips.get(value);
    setText(chip.number, count);
    return chip.element;
  }

  #choose(value, on) {
    if (on) this.#chosen.add(value);
    else this.#chosen.delete(value);
    this.#changed();
  }

  #showAll() {
    this.#all = true;
    this.show(this.#last);
  }
}
