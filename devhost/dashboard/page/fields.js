/** Fields of the filters. */

import { h } from "./dom.js";

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
