/** Elements without markup: whatever comes from an instance becomes a text node or an attribute, never HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props` whose names begin with "on" are listeners; false, null and undefined are left out. */
export function h(name, props = {}, ...children) {
  return fill(document.createElement(name), props, children);
}

/** An SVG element. */
export function svg(name, props = {}, ...children) {
  return fill(document.createElementNS(SVG, name), props, children);
}

function fill(element, props, children) {
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const LONG_WORD = 24;

/** The text with places at which it may break: after signs, before capitals, and in the middle of very long words. */
export function breakable(text) {
  const parts = text.split(/(?<=[-_.:/@])(?=[^-_.:/@])|(?<=[a-z0-9])(?=[A-Z])/u).flatMap((part) => {
    const letters = [...part];
    if (letters.length <= 2 * LONG_WORD) return [part];
    const count = Math.ceil(letters.length / LONG_WORD);
    return Array.from({ length: count }, (_, n) => letters.slice(n * LONG_WORD, (n + 1) * LONG_WORD).join(""));
  });
  return parts.flatMap((part, n) => (n ? [document.createElement("wbr"), part] : [part]));
}

/** Change the text only where it differs, so that selections and screen readers are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Say something in the corner; it goes away by itself. */
export function notice(text, kind = "done") {
  const box = h("p", { class: `notice ${kind}` }, text);
  document.getElementById("notices").append(box);
  setTimeout(() => box.remove(), kind === "failed" ? 12000 : 5000);
}
