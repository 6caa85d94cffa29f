/**
 * A history as a picture: a lane for each run of a name, drawn only where one looks, so that long ones stay quick.
 *
 * The picture is one stop of the keyboard: arrows walk from bar to bar, Enter opens what it leads to.
 */

import { h, svg } from "./dom.js";
import { clock, duration } from "./format.js";
import { clockScale, clockTicks, stepScale } from "./scale.js";

const AXIS = 26;
const LANE = 26;
const NARROW = 640;
const LANE_NARROW = 40;
const BAR = 14;
const EDGE = 14;
const LABELS = 210;
const ZOOMS = [1, 2, 4, 8, 16, 32, 64, 128];
export const KINDS = {
  whole: "Orchestration",
  activity: "Activity",
  child: "Sub-orchestration",
  timer: "Timer",
  backoff: "Wait before a retry",
  event: "Event",
  entity: "Entity",
  life: "Lifecycle",
};
const STATES = { done: "done", failed: "failed", pending: "open", cancelled: "cancelled", abandoned: "never ended" };

export class Timeline {
  #model = null;
  #scale = null;
  #steps = null;
  #zoom = 0;
  #chosen = null;
  #select;
  #open;
  #drawn = 0;

  /** `select(span)` hears which bar is looked at, `open(span)` that the reader wants to go where it leads. */
  constructor(select, open) {
    this.#select = select;
    this.#open = open;
    this.#sheet = svg("svg", { class: "sheet", role: "listbox", tabindex: "0", "aria-label": "Timeline; arrow keys walk through it" });
    this.#room = h("div", { class: "room" }, this.#sheet);
    this.#frame = h("div", { class: "frame" }, this.#room);
    this.#tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.#by = ["Clock", "Steps"].map((name) => h("button", { type: "button", class: "toggle", "aria-pressed": "false", title: name === "Clock" ? "As long as it took" : "The same room for every step, however long it took", onclick: () => this.#scaleBy(name === "Steps") }, name));
    this.#out = h("button", { type: "button", "aria-label": "Zoom out", title: "Zoom out (−)", onclick: () => this.#zoomTo(this.#zoom - 1) }, "−");
    this.#in = h("button", { type: "button", "aria-label": "Zoom in", title: "Zoom in (+)", onclick: () => this.#zoomTo(this.#zoom + 1) }, "+");
    this.#fit = h("button", { type: "button", onclick: () => this.#zoomTo(0) }, "Fit");
    this.element = h(
      "div",
      { class: "timeline" },
      h("div", { class: "tools" }, h("div", { class: "group", role: "group", "aria-label": "Scale" }, this.#by), h("div", { class: "group", role: "group", "aria-label": "Zoom" }, this.#out, this.#in, this.#fit)),
      this.#frame,
      this.#tip,
    );
    this.#listen();
  }

  #sheet;
  #room;
  #frame;
  #tip;
  #by;
  #out;
  #in;
  #fit;
  #watch;

  /** Show what `readHistory` gave; the choice and the view stay. */
  show(model) {
    const before = this.#chosen && this.#place(this.#chosen);
    this.#model = model;
    this.#chosen = before ? (model.lanes[before.lane]?.spans[before.span] ?? null) : null;
    this.#steps ??= tooFine(model);
    this.#setScale();
    this.#draw();
  }

  close() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#drawn);
  }

  // ---- moving about

  #listen() {
    const later = () => {
      cancelAnimationFrame(this.#drawn);
      this.#drawn = requestAnimationFrame(() => this.#draw());
    };
    this.#frame.addEventListener("scroll", later, { passive: true });
    this.#watch = new ResizeObserver(later);
    this.#watch.observe(this.#frame);
    this.#frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#sheet.addEventListener("pointermove", (event) => this.#hover(event));
    this.#sheet.addEventListener("pointerleave", () => (this.#tip.hidden = true));
    this.#sheet.addEventListener("click", (event) => this.#choose(this.#spanOf(event)));
    this.#sheet.addEventListener("dblclick", (event) => this.#goTo(this.#spanOf(event)));
    this.#sheet.addEventListener("keydown", (event) => this.#key(event));
    this.#sheet.addEventListener("focus", () => this.#model && this.#choose(this.#chosen ?? this.#model.lanes[0].spans[0]));
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#zoomTo(this.#zoom + (event.deltaY < 0 ? 1 : -1), event.clientX - this.#frame.getBoundingClientRect().left);
  }

  #scaleBy(steps) {
    this.#steps = steps;
    this.#setScale();
    this.#draw();
  }

  #setScale() {
    const { start, end, lanes } = this.#model;
    const moments = lanes.flatMap(({ spans }) => spans.flatMap((span) => [span.start, span.end ?? span.start]));
    this.#scale = this.#steps ? stepScale(start, end, moments) : clockScale(start, end);
    this.#by[0].setAttribute("aria-pressed", String(!this.#steps));
    this.#by[1].setAttribute("aria-pressed", String(this.#steps));
  }

  /** Zoom so that what is under `x`, or the middle, stays where it is. */
  #zoomTo(level, x = this.#frame.clientWidth / 2) {
    const frame = this.#frame;
    const { labels } = this.#measures();
    const before = this.#plotWidth();
    const place = (frame.scrollLeft + x - labels - EDGE) / before;
    this.#zoom = Math.max(0, Math.min(level, ZOOMS.length - 1));
    this.#layOut();
    frame.scrollLeft = place * this.#plotWidth() + labels + EDGE - x;
    this.#draw();
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
    else if (event.key === "+" || event.key === "=") this.#zoomTo(this.#zoom + 1);
    else if (event.key === "-") this.#zoomTo(this.#zoom - 1);
    else if (event.key === "Enter") this.#goTo(this.#chosen);
    else return;
    event.preventDefault();
  }

  #choose(span) {
    if (!span) return;
    this.#chosen = span;
    this.#reveal(span);
    this.#draw();
    this.#select(span);
  }

  #goTo(span) {
    if (span) this.#open(span);
  }

  #reveal(span) {
    const { labels, lane, width, height } = this.#measures();
    const frame = this.#frame;
    const left = this.#x(span.start) + frame.scrollLeft;
    if (left < frame.scrollLeft + labels || left > frame.scrollLeft + width - EDGE) frame.scrollLeft = left - labels - width / 4;
    const top = AXIS + this.#place(span).lane * lane;
    if (top < frame.scrollTop + AXIS) frame.scrollTop = top - AXIS;
    else if (top + lane > frame.scrollTop + height) frame.scrollTop = top + lane - height;
  }

  #hover(event) {
    const span = this.#spanOf(event);
    this.#tip.hidden = !span;
    if (!span) return;
    this.#tip.replaceChildren(h("strong", {}, nameOf(span)), h("span", {}, summaryOf(span, this.#model)));
    const box = this.element.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.#tip.offsetWidth - 4);
    this.#tip.style.left = `${Math.max(4, left)}px`;
    this.#tip.style.top = `${event.clientY - box.top + 16}px`;
  }

  #spanOf(event) {
    const mark = event.target.closest?.("[data-lane]");
    return mark ? this.#model?.lanes[mark.dataset.lane]?.spans[mark.dataset.span] : null;
  }

  #place(span) {
    const lane = this.#model.lanes.findIndex(({ spans }) => spans.includes(span));
    return lane < 0 ? null : { lane, span: this.#model.lanes[lane].spans.indexOf(span) };
  }

  // ---- drawing

  #measures() {
    const width = this.#frame.clientWidth;
    const narrow = width < NARROW;
    return { width, height: this.#frame.clientHeight, narrow, labels: narrow ? 0 : LABELS, lane: narrow ? LANE_NARROW : LANE };
  }

  #plotWidth() {
    const { width, labels } = this.#measures();
    return Math.max(50, width - labels - 2 * EDGE) * ZOOMS[this.#zoom];
  }

  #x(time) {
    return this.#measures().labels + EDGE + this.#scale.at(time) * this.#plotWidth() - this.#frame.scrollLeft;
  }

  #layOut() {
    const { labels, lane } = this.#measures();
    this.#room.style.width = `${labels + 2 * EDGE + this.#plotWidth()}px`;
    this.#room.style.height = `${AXIS + this.#model.lanes.length * lane + 6}px`;
    this.#out.disabled = this.#fit.disabled = this.#zoom === 0;
    this.#in.disabled = this.#zoom === ZOOMS.length - 1;
  }

  #draw() {
    if (!this.#model || !this.#frame.clientWidth) return;
    this.#layOut();
    const { width, height, labels, lane, narrow } = this.#measures();
    const sheetHeight = Math.min(height, this.#room.offsetHeight);
    this.#sheet.setAttribute("width", width);
    this.#sheet.setAttribute("height", sheetHeight);
    const top = this.#frame.scrollTop;
    const first = Math.max(0, Math.floor((top - lane) / lane));
    const last = Math.min(this.#model.lanes.length, Math.ceil((top + height) / lane) + 1);
    const bars = [];
    const names = [];
    for (let n = first; n < last; n += 1) {
      const y = AXIS + n * lane - top;
      if (n % 2) bars.push(svg("rect", { class: "stripe", x: 0, y, width, height: lane }));
      names.push(this.#label(n, y, labels, narrow));
      bars.push(...this.#lane(n, narrow ? y + 20 : y + (lane - BAR) / 2, labels, width));
    }
    const grid = this.#ticks(labels, width, sheetHeight);
    const column = labels ? [svg("rect", { class: "column", x: 0, y: 0, width: labels, height: sheetHeight }), svg("line", { class: "grid", x1: labels, x2: labels, y1: 0, y2: sheetHeight })] : [];
    const axis = [svg("rect", { class: "column", x: 0, y: 0, width, height: AXIS }), svg("line", { class: "grid", x1: 0, x2: width, y1: AXIS, y2: AXIS }), ...grid.texts];
    this.#sheet.replaceChildren(svg("g", { role: "none" }, grid.lines, bars), svg("g", { role: "none" }, column, names), svg("g", { "aria-hidden": "true" }, axis));
    if (this.#chosen) this.#sheet.setAttribute("aria-activedescendant", "chosen-bar");
    else this.#sheet.removeAttribute("aria-activedescendant");
  }

  #label(n, y, labels, narrow) {
    const { kind, name: plain, number } = this.#model.lanes[n];
    const name = number ? `${plain} · ${number}` : plain;
    const room = narrow ? 44 : Math.floor((labels - 34) / 7);
    const shown = name.length > room ? `${name.slice(0, room - 1)}…` : name;
    const top = narrow ? y + 14 : y + LANE / 2 + 4;
    return svg("g", { class: "label", "aria-hidden": "true" }, svg("rect", { class: `dot ${kind}`, x: narrow ? 6 : 12, y: top - 9, width: 9, height: 9, rx: kind === "event" || kind === "life" ? 5 : 2 }), svg("text", { x: narrow ? 20 : 28, y: top }, shown), svg("title", {}, name));
  }

  #lane(n, y, labels, width) {
    const drawn = [];
    let reached = -Infinity;
    const { spans } = this.#model.lanes[n];
    const retried = spans.some((span) => span.attempt > 1);
    spans.forEach((span, index) => {
      const left = this.#x(span.start);
      const right = this.#x(span.end ?? this.#model.end);
      const chosen = span === this.#chosen;
      if (right < labels - 8 || left > width + 8) return;
      if (right < reached + 1 && span.state !== "failed" && !chosen) return;
      reached = Math.max(right, left + 3);
      drawn.push(this.#mark(span, left, right, y, { "data-lane": n, "data-span": index, chosen, retried, labels, width }));
    });
    return drawn;
  }

  #mark(span, left, right, y, { chosen, retried, labels, width, ...data }) {
    const shapes = [];
    const from = Math.max(left, labels - 20);
    const to = Math.min(right, width + 20);
    const wide = Math.max(to - from, 3);
    const moment = span.end === span.start && ["event", "life", "entity"].includes(span.kind);
    if (moment) shapes.push(svg("path", { class: "shape", d: `M${left} ${y} l7 7 l-7 7 l-7 -7 z` }));
    else if (span.kind === "backoff") shapes.push(svg("rect", { class: "hit", x: from, y, width: wide, height: BAR }), svg("line", { class: "shape", x1: from, x2: from + wide, y1: y + BAR / 2, y2: y + BAR / 2 }));
    else shapes.push(svg("rect", { class: "shape", x: from, y, width: wide, height: BAR, rx: Math.min(3, wide / 2) }));
    if (span.end === null) shapes.push(svg("path", { class: "onward", d: `M${to - 9} ${y + 3} l4 4 l-4 4 M${to - 4} ${y + 3} l4 4 l-4 4` }));
    if (span.state === "failed") shapes.push(svg("path", { class: "cross", d: `M${to + 3} ${y + 4} l6 6 m0 -6 l-6 6` }));
    if (retried && span.attempt && wide > 18) shapes.push(svg("text", { class: "number", x: from + 5, y: y + 11 }, span.attempt));
    if (chosen) shapes.unshift(svg("rect", { class: "ring", x: (moment ? left - 7 : from) - 3, y: y - 3, width: (moment ? 14 : wide) + 6, height: BAR + 6, rx: 5 }));
    return svg("g", { class: `mark ${span.kind} ${span.state}`, role: "option", id: chosen ? "chosen-bar" : null, "aria-selected": String(chosen), "aria-label": `${nameOf(span)}, ${summaryOf(span, this.#model)}`, ...data }, shapes);
  }

  #ticks(labels, width, height) {
    const scroll = this.#frame.scrollLeft;
    const plot = this.#plotWidth();
    const place = (x) => Math.max(0, Math.min(1, (x + scroll - labels - EDGE) / plot));
    const most = Math.floor((width - labels) / 130);
    const { start } = this.#model;
    const marks = this.#steps
      ? Array.from({ length: most + 1 }, (_, n) => place(labels + EDGE + (n * (width - labels - 2 * EDGE)) / Math.max(most, 1))).map((at) => ({ time: this.#scale.time(at), text: `+${duration(this.#scale.time(at) - start)}` }))
      : clockTicks(start, this.#scale.time(place(labels)), this.#scale.time(place(width)), most);
    const lines = [];
    const texts = [];
    for (const { time, text } of marks) {
      const x = this.#x(time);
      lines.push(svg("line", { class: "grid", x1: x, x2: x, y1: AXIS, y2: height }));
      const anchor = x > width - 50 ? "end" : x < labels + 30 ? "start" : "middle";
      texts.push(svg("text", { class: "tick", x: anchor === "end" ? Math.min(x, width - 4) : anchor === "start" ? Math.max(x, labels + 4) : x, y: 17, "text-anchor": anchor }, text));
    }
    return { lines, texts };
  }
}

export function nameOf(span) {
  if (span.kind === "entity") return `${span.operation || "message"} to ${span.name}`;
  return span.attempt > 1 && span.kind !== "event" ? `${span.name}, attempt ${span.attempt}` : span.name;
}

export function summaryOf(span, model) {
  const kind = KINDS[span.kind];
  const at = `+${duration(span.start - model.start)}`;
  if (span.end === null) {
    const until = span.fireAt ? `fires at ${clock(span.fireAt)}` : `open for ${duration(Math.max(0, model.now - span.start))}`;
    return `${kind}, ${until}`;
  }
  const took = span.end > span.start ? `, took ${duration(span.end - span.start)}` : "";
  return `${kind}, ${STATES[span.state]} at ${at}${took}`;
}

/** Whether the clock would make most bars too thin to see. */
function tooFine({ lanes, start, end }) {
  const lengths = lanes.slice(1).flatMap(({ spans }) => spans.map((span) => (span.end ?? end) - span.start)).filter((length) => length > 0);
  lengths.sort((a, b) => a - b);
  return lengths.length > 0 && lengths[lengths.length >> 1] < (end - start) / 150;
}

function nearest(lane, span) {
  return lane?.spans.reduce((best, one) => (Math.abs(one.start - span.start) < Math.abs(best.start - span.start) ? one : best));
}
