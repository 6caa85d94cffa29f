/** Draws the lanes of a history into the part of a scrolled frame that is seen, so that long ones stay quick. */

import { h, svg } from "./dom.js";
import { duration } from "./format.js";
import { BAR, LANE, LANE_NARROW, laneLabel, mark } from "./marks.js";
import { clockScale, clockTicks, stepScale } from "./scale.js";
import { nameOf, summaryOf } from "./telling.js";

const AXIS = 26;
const NARROW = 640;
const EDGE = 14;
const LABELS = 210;
const TICK = 130;

export class Picture {
  #model = null;
  #scale = null;
  #steps = false;

  /** `frame` scrolls, over a room as large as the whole picture in which the sheet stays where one looks. */
  constructor() {
    const label = "Timeline; arrow keys walk through it";
    this.sheet = svg("svg", { class: "sheet", role: "listbox", tabindex: "0", "aria-label": label });
    this.room = h("div", { class: "room" }, this.sheet);
    this.frame = h("div", { class: "frame" }, this.room);
    this.zoom = 1;
  }

  /** What `draw` shows from now on: by the clock, or the same room for every step. */
  show(model, steps) {
    const { start, end, lanes } = model;
    const moments = () => lanes.flatMap(({ spans }) => spans.flatMap((span) => [span.start, span.end ?? span.start]));
    this.#model = model;
    this.#steps = steps;
    this.#scale = steps ? stepScale(start, end, moments()) : clockScale(start, end);
  }

  /** Change the zoom so that what is `x` pixels from the left, or in the middle, stays where it is. */
  zoomTo(zoom, x = this.frame.clientWidth / 2) {
    const before = this.#view();
    const place = (before.scroll + x - before.left) / before.plot;
    this.zoom = zoom;
    const after = this.#layOut();
    this.frame.scrollLeft = place * after.plot + after.left - x;
  }

  /** Scroll so that the start of a span in this lane is seen. */
  reveal(span, lane) {
    const { frame } = this;
    const view = this.#view();
    const x = view.x(span.start);
    if (x < view.labels || x > view.width - EDGE) frame.scrollLeft += x - view.labels - view.width / 4;
    const y = AXIS + lane * view.lane;
    if (y < frame.scrollTop + AXIS) frame.scrollTop = y - AXIS;
    else if (y + view.lane > frame.scrollTop + view.height) frame.scrollTop = y + view.lane - view.height;
  }

  draw(chosen) {
    if (!this.#model || !this.frame.clientWidth) return;
    const view = this.#layOut();
    const { width, labels, lane } = view;
    const height = Math.min(view.height, this.room.offsetHeight);
    const top = this.frame.scrollTop;
    const first = Math.max(0, Math.floor((top - lane) / lane));
    const last = Math.min(this.#model.lanes.length, Math.ceil((top + height) / lane) + 1);
    const bars = [];
    const names = [];
    for (let n = first; n < last; n += 1) {
      const y = AXIS + n * lane - top;
      if (n % 2) bars.push(svg("rect", { class: "stripe", x: 0, y, width, height: lane }));
      names.push(laneLabel(this.#model.lanes[n], y, labels));
      bars.push(...this.#lane(n, labels ? y + (lane - BAR) / 2 : y + 20, view, chosen));
    }
    const ticks = this.#ticks(view);
    const lines = ticks.map(({ x }) => line(x, x, AXIS, height));
    const column = labels ? [ground(labels, height), line(labels, labels, 0, height)] : [];
    const axis = [ground(width, AXIS), line(0, width, AXIS, AXIS), ticks.map((tick) => tickText(tick, view))];
    this.sheet.setAttribute("width", width);
    this.sheet.setAttribute("height", height);
    this.sheet.replaceChildren(
      svg("g", { role: "none" }, lines, bars),
      svg("g", { role: "none" }, column, names),
      svg("g", { "aria-hidden": "true" }, axis.flat()),
    );
  }

  /** What is seen now, in pixels, and where a moment lies in it. */
  #view() {
    const { clientWidth: width, clientHeight: height, scrollLeft: scroll } = this.frame;
    const labels = width < NARROW ? 0 : LABELS;
    const left = labels + EDGE;
    const plot = Math.max(50, width - left - EDGE) * this.zoom;
    const x = (time) => left + this.#scale.at(time) * plot - scroll;
    return { width, height, scroll, labels, left, plot, lane: labels ? LANE : LANE_NARROW, x };
  }

  #layOut() {
    const view = this.#view();
    this.room.style.width = `${view.left + view.plot + EDGE}px`;
    this.room.style.height = `${AXIS + this.#model.lanes.length * view.lane + 6}px`;
    return view;
  }

  /** The bars of a lane that are seen; of those that fall on the same pixel the failed ones only, and the first. */
  #lane(n, y, { labels, width, x }, chosen) {
    const drawn = [];
    let reached = -Infinity;
    const { spans } = this.#model.lanes[n];
    const retried = spans.some((span) => span.attempt > 1);
    spans.forEach((span, index) => {
      const left = x(span.start);
      const right = x(span.end ?? this.#model.end);
      if (right < labels - 8 || left > width + 8) return;
      if (right < reached + 1 && !["failed", "refused"].includes(span.state) && span !== chosen) return;
      reached = Math.max(right, left + 3);
      const told = `${nameOf(span)}, ${summaryOf(span, this.#model)}`;
      const place = { "data-lane": n, "data-span": index, "aria-label": told };
      const looks = { chosen: span === chosen, retried };
      drawn.push(mark(span, Math.max(left, labels - 20), Math.min(right, width + 20), y, looks, place));
    });
    return drawn;
  }

  #ticks({ width, labels, left, plot, scroll, x }) {
    const { start } = this.#model;
    const most = Math.max(1, Math.floor((width - labels) / TICK));
    const timeAt = (at) => this.#scale.time(Math.max(0, Math.min(1, (at + scroll - left) / plot)));
    if (!this.#steps) {
      return clockTicks(start, timeAt(labels), timeAt(width), most).map(({ time, text }) => ({ x: x(time), text }));
    }
    return Array.from({ length: most + 1 }, (_, n) => {
      const at = left + (n * (width - left - EDGE)) / most;
      return { x: at, text: `+${duration(timeAt(at) - start)}` };
    });
  }
}

const ground = (width, height) => svg("rect", { class: "column", x: 0, y: 0, width, height });

const line = (x1, x2, y1, y2) => svg("line", { class: "grid", x1, x2, y1, y2 });

function tickText({ x, text }, { width, labels }) {
  if (x > width - 50)
    return svg("text", { class: "tick", x: Math.min(x, width - 4), y: 17, "text-anchor": "end" }, text);
  if (x < labels + 30) return svg("text", { class: "tick", x: Math.max(x, labels + 4), y: 17 }, text);
  return svg("text", { class: "tick", x, y: 17, "text-anchor": "middle" }, text);
}
