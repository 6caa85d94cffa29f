/** The history as a table. */

import { breakable, h } from "./dom.js";
import { clock, duration, parseTime, zone } from "./format.js";
import { instanceAddress } from "./route.js";
import { valueLine } from "./value.js";

const AT_ONCE = 100;
const TOLD = new Set(["EventType", "Timestamp", "FunctionName", "Name"]);
const TONES = { Failed: "bad", Terminated: "off" };

export class HistoryTable {
  #rows = [];
  #shown = AT_ONCE;
  #body = h("tbody");
  #more = h("button", { type: "button", onclick: () => this.#showMore() });

  constructor() {
    const heads = ["#", `Time (${zone(Date.now())})`, "Event", "Name", "Details"].map((name) =>
      h("th", { scope: "col" }, name),
    );
    this.element = h(
      "div",
      { class: "tabular" },
      h(
        "table",
        { class: "history" },
        h("caption", { class: "hidden" }, "History"),
        h("thead", {}, h("tr", {}, heads)),
        this.#body,
      ),
      h("p", { class: "center" }, this.#more),
    );
  }

  /** Rows that were shown before are left as they are; a history that was rewritten is drawn anew. */
  show(rows) {
    const drawn = this.#rows.slice(0, this.#body.childElementCount);
    const same = drawn.every((row, n) => JSON.stringify(row) === JSON.stringify(rows[n]));
    if (!same) this.#body.replaceChildren();
    this.#rows = rows;
    this.#draw();
  }

  #showMore() {
    this.#shown += AT_ONCE * 5;
    this.#draw();
  }

  #draw() {
    const start = this.#rows.length ? parseTime(this.#rows[0].Timestamp) : 0;
    const until = Math.min(this.#shown, this.#rows.length);
    for (let n = this.#body.childElementCount; n < until; n += 1) this.#body.append(lineOf(this.#rows[n], n, start));
    const left = this.#rows.length - until;
    this.#more.parentNode.hidden = left === 0;
    this.#more.textContent = `Show ${Math.min(left, AT_ONCE * 5).toLocaleString()} more of ${left.toLocaleString()}`;
  }
}

function lineOf(row, n, start) {
  const at = parseTime(row.Timestamp);
  const tone = Object.entries(TONES).find(([part]) => row.EventType.endsWith(part))?.[1] ?? "";
  return h(
    "tr",
    { class: tone },
    h("td", { class: "number" }, String(n + 1)),
    h(
      "td",
      { class: "when" },
      h("time", { datetime: row.Timestamp, title: row.Timestamp }, clock(at, true)),
      h("small", {}, ` +${duration(at - start)}`),
    ),
    h("td", { class: "event" }, row.EventType),
    h("td", { class: "name" }, nameCell(row)),
    h("td", { class: "details" }, details(row)),
  );
}

function nameCell(row) {
  const name = row.FunctionName ?? row.Name ?? "";
  if (!row.InstanceId || row.InstanceId.startsWith("@")) return breakable(row.InstanceId ?? name);
  return h("a", { href: instanceAddress(row.InstanceId) }, breakable(name || row.InstanceId));
}

function took(row) {
  const length = duration(parseTime(row.Timestamp) - parseTime(row.ScheduledTime));
  return h("div", { title: `ScheduledTime ${row.ScheduledTime}` }, h("span", { class: "key" }, "Took "), length);
}

/** The fields that say something, short ones in line, long ones behind a fold. */
function details(row) {
  const fields = Object.entries(row).filter(([key, value]) => !TOLD.has(key) && value !== null && value !== false);
  return fields.map(([key, value]) => {
    if (key === "ScheduledTime") return took(row);
    const line = valueLine(value);
    const full = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    if (line === full || full.length <= 140) return h("div", {}, h("span", { class: "key" }, `${key} `), line);
    const fold = h("details", {}, h("summary", {}, h("span", { class: "key" }, `${key} `), line));
    fold.addEventListener("toggle", () => fold.append(h("pre", { class: "value" }, full.slice(0, 100_000))), {
      once: true,
    });
    return fold;
  });
}
