/** Fields of the filters. */

import { h } from "./dom.js";

/** A list to choose one of; `show([[value, label]…])` changes it and keeps the choice. */
export function choice(label, name, options, value, changed) {
  const box = h("select", { name, onchange: () => changed(box.value) });
  let last = "";
  function show(pairs) {
    const chosen = box.value || value;
    const all = pairs.some(([one]) => one === chosen) ? pairs : [...pairs, [chosen, chosen]];
    const text = JSON.stringify(all);
    // An open list would close when it is made anew.
    if (text === last || document.activeElement === box) return;
    last = text;
    box.replaceChildren(...all.map(([one, shown]) => h("option", { value: one, selected: one === chosen }, shown)));
    value = "";
  }
  show(options);
  return { element: h("label", { class: "field" }, h("span", {}, label), box), show };
}

/** A date and time in the reader's zone. */
export function local(label, value, changed) {
  const box = h("input", { type: "datetime-local", value, step: "1", onchange: () => changed(box.value) });
  return h("label", { class: "field" }, h("span", {}, label), box);
}

/** A text box that speaks when typing pauses. */
export function typed(name, value, changed) {
  let timer = 0;
  const box = h("input", {
    type: "search",
    name,
    value,
    autocomplete: "off",
    spellcheck: "false",
    oninput: later,
    onchange: now,
  });
  let last = value;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(now, 250);
  }
  function now() {
    clearTimeout(timer);
    if (box.value === last) return;
    last = box.value;
    changed(last);
  }
  return box;
}
