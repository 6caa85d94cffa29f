/** JSON values on the page: pretty, and short until somebody asks for more. */

import { parseExactly } from "./api.js";
import { h } from "./dom.js";
import { bytes, pretty } from "./format.js";

const SHORT = 800;
const LINES = 16;
const LONG = 300_000;

/** A block with the value; `none` is shown for null. */
export function valueBlock(value, none = "none") {
  if (value === null || value === undefined) return h("p", { class: "none" }, none);
  const { text, inner } = pretty(value, parseExactly);
  const short = shorten(text);
  const code = h("pre", { class: "value", tabindex: "0", "aria-label": "Value" }, short);
  const under = h("div", { class: "under" });
  if (inner) under.append(h("span", { class: "hint" }, "a text that holds JSON"));
  if (short !== text) under.append(...more(code, text, short));
  return h("div", { class: "block" }, code, under.childElementCount ? under : null);
}

/** One line for a table. */
export function valueLine(value, limit = 140) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function shorten(text) {
  const lines = text.slice(0, SHORT).split("\n", LINES + 1);
  const short = lines.slice(0, LINES).join("\n");
  return short.length < text.length ? `${short}…` : text;
}

function more(code, text, short) {
  const full = text.length > LONG ? `${text.slice(0, LONG)}…` : text;
  const label =
    text.length > LONG ? `Show the first ${bytes(LONG)} of ${bytes(text.length)}` : `Show all ${bytes(text.length)}`;
  const button = h("button", { type: "button", class: "link", "aria-expanded": "false", onclick: toggle }, label);
  function toggle() {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Show less" : label;
    code.textContent = open ? full : short;
  }
  return text.length > LONG ? [button, download(text)] : [button];
}

function download(text) {
  return h("button", { type: "button", class: "link", onclick: save }, "Save as a file");
  function save() {
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    h("a", { href: address, download: "value.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}
