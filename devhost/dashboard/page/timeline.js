/**
 * A history as a picture that one can walk through.
 *
 * It is one stop of the keyboard: arrows go from bar to bar, plus and minus zoom, Enter opens what a bar leads to.
 */

import { h } from "./dom.js";
import { Picture } from "./picture.js";
import { nameOf, summaryOf } from "./telling.js";

const ZOOMS = [1, 2, 4, 8, 16, 32, 64, 128];
const SCALES = { Clock: "As long as it took", Steps: "The same room for every step, however long it took" };
const FINE = 150;

export class Timeline {
  #model = null;
  #steps = null;
  #level = 0;
  #chosen = null;
  #select;
  #open;
  #picture = new Picture();
  #tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  #scales;
  #out = tool("−", { "aria-label": "Zoom out" }, () => this.#zoomTo(this.#level - 1));
  #in = tool("+", { "aria-label": "Zoom in" }, () => this.#zoomTo(this.#level + 1));
  #fit = tool("Fit", {}, () => this.#zoomTo(0));
  #frame = 0;
  #size = new ResizeObserver(() => this.#later());

  /** `select(span)` hears which bar is looked at, `open(span)` that the reader wants to go where it leads. */
  constructor(select, open) {
    this.#select = select;
    this.#open = open;
    this.#scales = Object.entries(SCALES).map(([name, title]) =>
      tool(name, { class: "toggle", title }, () => this.#scaleBy(name === "Steps")),
    );
    this.element = h(
      "div",
      { class: "timeline" },
      h(
        "div",
        { class: "tools" },
        h("div", { class: "group", role: "group", "aria-label": "Scale" }, this.#scales),
        h("div", { class: "group", role: "group", "aria-label": "Zoom" }, this.#out, this.#in, this.#fit),
      ),
      this.#picture.frame,
      this.#tip,
    );
    this.#listen();
  }

  /** Show what `readHistory` gave; the choice and the view stay. */
  show(model) {
    const before = this.#chosen && this.#place(this.#chosen);
    this.#model = model;
    this.#chosen = (before && model.lanes[before.lane]?.spans[before.span]) ?? null;
    this.#scaleBy(this.#steps ?? isFine(model));
  }

  close() {
    this.#size.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  #listen() {
    const { frame, sheet } = this.#picture;
    this.#size.observe(frame);
    frame.addEventListener("scroll", () => this.#later(), { passive: true });
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    sheet.addEventListener("pointermove", (event) => this.#hover(event));
    sheet.addEventListener("pointerleave", () => (this.#tip.hidden = true));
    sheet.addEventListener("click", (event) => this.#choose(this.#under(event)));
    sheet.addEventListener("dblclick", (event) => this.#goTo(this.#under(event)));
    sheet.addEventListener("keydown", (event) => this.#key(event));
    sheet.addEventListener("focus", () => this.#focused());
  }

  #later() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#picture.draw(this.#chosen);
    this.#out.disabled = this.#fit.disabled = this.#level === 0;
    this.#in.disabled = this.#level === ZOOMS.length - 1;
    if (this.#chosen) this.#picture.sheet.setAttribute("aria-activedescendant", "chosen-bar");
    else this.#picture.sheet.removeAttribute("aria-activedescendant");
  }

  #scaleBy(steps) {
    this.#steps = steps;
    this.#scales.forEach((button, n) => button.setAttribute("aria-pressed", String(steps === (n === 1))));
    // A button may be pressed before the history is there.
    if (!this.#model) return;
    this.#picture.show(this.#model, steps);
    this.#draw();
  }

  #zoomTo(level, x) {
    if (!this.#model) return;
    this.#level = Math.max(0, Math.min(level, ZOOMS.length - 1));
    this.#picture.zoomTo(ZOOMS[this.#level], x);
    this.#draw();
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const x = event.clientX - this.#picture.frame.getBoundingClientRect().left;
    this.#zoomTo(this.#level + (event.deltaY < 0 ? 1 : -1), x);
  }

  /** The keyboard starts at the first bar; a pointer chooses by itself. */
  #focused() {
    if (this.#model && this.#picture.sheet.matches(":focus-visible")) {
      this.#choose(this.#chosen ?? this.#model.lanes[0].spans[0]);
    }
  }

  #key(event) {
    const where = this.#chosen && this.#place(this.#chosen);
    if (!where || event.ctrlKey || event.metaKey || event.altKey) return;
    const { lanes } = this.#model;
    const moves = {
      ArrowRight: () => lanes[where.lane].spans[where.span + 1],
      ArrowLeft: () => lanes[where.lane].spans[where.span - 1],
      ArrowDown: () => nearest(lanes[where.lane + 1], this.#chosen),
      ArrowUp: () => nearest(lanes[where.lane - 1], this.#chosen),
      Home: () => lanes[0].spans[0],
      End: () => lanes.at(-1).spans.at(-1),
    };
    if (event.key in moves) this.#choose(moves[event.key]() ?? this.#chosen);
    else if (event.key === "+" || event.key === "=") this.#zoomTo(this.#level + 1);
    else if (event.key === "-") this.#zoomTo(this.#level - 1);
    else if (event.key === "Enter") this.#goTo(this.#chosen);
    else return;
    event.preventDefault();
  }

  #choose(span) {
    if (!span) return;
    this.#chosen = span;
    this.#picture.reveal(span, this.#place(span).lane);
    this.#draw();
    this.#select(span);
  }

  #goTo(span) {
    if (span) this.#open(span);
  }

  #hover(event) {
    const span = this.#under(event);
    this.#tip.hidden = !span;
    if (!span) return;
    this.#tip.replaceChildren(h("strong", {}, nameOf(span)), h("span", {}, summaryOf(span, this.#model)));
    const box = this.element.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.#tip.offsetWidth - 4);
    this.#tip.style.left = `${Math.max(4, left)}px`;
    this.#tip.style.top = `${event.clientY - box.top + 16}px`;
  }

  /** The bar under the pointer; the event's own target may have been drawn anew since the button went down. */
  #under(event) {
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-lane]");
    return found ? this.#model?.lanes[found.dataset.lane]?.spans[found.dataset.span] : null;
  }

  #place(span) {
    const lane = this.#model.lanes.findIndex(({ spans }) => spans.includes(span));
    return lane < 0 ? null : { lane, span: this.#model.lanes[lane].spans.indexOf(span) };
  }
}

function tool(text, props, onclick) {
  return h("button", { type: "button", ...props, onclick }, text);
}

/** Whether the clock would make most bars too thin to see. */
function isFine({ lanes, start, end }) {
  const lengths = lanes
    .slice(1)
    .flatMap(({ spans }) => spans.map((span) => (span.end ?? end) - span.start))
    .filter((length) => length > 0)
    .sort((a, b) => a - b);
  return lengths.length > 0 && lengths[lengths.length >> 1] < (end - start) / FINE;
}

function nearest(lane, span) {
  const away = (one) => Math.abs(one.start - span.start);
  return lane?.spans.reduce((best, one) => (away(one) < away(best) ? one : best));
}
