/** The shapes of the timeline: a bar, a moment, a wait, and the name of a lane. */

import { svg } from "./dom.js";

export const BAR = 14;
export const LANE = 26;
export const LANE_NARROW = 40;
const LETTER = 7;
const MOMENTS = new Set(["event", "life", "entity"]);

/** One span from `left` to `right`; `place` are attributes that find it again and tell it. */
export function mark(span, left, right, y, { chosen, retried }, place) {
  const moment = span.end === span.start && MOMENTS.has(span.kind);
  const wide = Math.max(right - left, 3);
  const shapes = [shape(span, left, wide, y, moment)].flat();
  if (chosen) shapes.unshift(ring(moment ? left - BAR / 2 : left, moment ? BAR : wide, y));
  if (span.end === null) {
    shapes.push(
      svg("path", { class: "onward", d: `M${right - 9} ${y + 3} l4 4 l-4 4 M${right - 4} ${y + 3} l4 4 l-4 4` }),
    );
  }
  if (span.state === "failed" || span.state === "refused")
    shapes.push(svg("path", { class: "cross", d: `M${left + wide + 3} ${y + 4} l6 6 m0 -6 l-6 6` }));
  if (retried && span.attempt && wide > 18)
    shapes.push(svg("text", { class: "number", x: left + 5, y: y + 11 }, span.attempt));
  if (span.undoes && wide > 18) shapes.push(svg("text", { class: "number", x: left + (retried ? 16 : 5), y: y + 11 }, "↶"));
  const told = { role: "option", id: chosen ? "chosen-bar" : null, "aria-selected": String(chosen) };
  const looks = `mark ${span.kind} ${span.undoes ? "undoes" : ""} ${span.state}`;
  return svg("g", { class: looks, ...told, ...place }, shapes);
}

function shape(span, left, wide, y, moment) {
  if (moment) return svg("path", { class: "shape", d: `M${left} ${y} l7 7 l-7 7 l-7 -7 z` });
  if (span.kind !== "backoff")
    return svg("rect", { class: "shape", x: left, y, width: wide, height: BAR, rx: Math.min(3, wide / 2) });
  const middle = y + BAR / 2;
  return [
    svg("rect", { class: "hit", x: left, y, width: wide, height: BAR }),
    svg("line", { class: "shape", x1: left, x2: left + wide, y1: middle, y2: middle }),
  ];
}

function ring(left, wide, y) {
  return svg("rect", { class: "ring", x: left - 3, y: y - 3, width: wide + 6, height: BAR + 6, rx: 5 });
}

/** The name of a lane: in a column of `room` pixels, or above the bars when there is none. */
export function laneLabel({ kind, name, number, spans }, y, room) {
  const whole = number ? `${name} · ${number}` : name;
  const letters = room ? Math.floor((room - 34) / LETTER) : 44;
  const shown = whole.length > letters ? `${whole.slice(0, letters - 1)}…` : whole;
  const left = room ? 12 : 6;
  const base = room ? y + LANE / 2 + 4 : y + 14;
  const round = kind === "event" || kind === "life";
  return svg(
    "g",
    { class: "label", "aria-hidden": "true" },
    svg("rect", { class: `dot ${spans[0].undoes ? "undoes" : kind}`, x: left, y: base - 9, width: 9, height: 9, rx: round ? 5 : 2 }),
    svg("text", { x: left + (room ? 16 : 14), y: base }, shown),
    svg("title", {}, whole),
  );
}
