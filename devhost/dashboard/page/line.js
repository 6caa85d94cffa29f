/** A row of the list of instances. */

import { breakable, h, setText } from "./dom.js";
import { day, duration, parseTime, time } from "./format.js";
import { instanceAddress } from "./route.js";
import { badge, hasEnded, outcomeBadge } from "./status.js";

/** One row of the table, kept from one refresh to the next so that focus stays. */
export class Line {
  #link;
  #name = h("td", { class: "name" });
  #status = h("td", { class: "status" });
  #outcome = h("td", { class: "outcome" });
  #day = h("span", { class: "day" });
  #time = h("span");
  #created = h("time", {}, this.#day, " ", this.#time);
  #took = h("td", { class: "took" });
  #shown = "";

  constructor(id) {
    this.#link = h("a", { href: instanceAddress(id), class: "id", title: id }, breakable(id));
    this.#outcome = h("td", { class: "outcome" });
    this.element = h(
      "tr",
      {},
      h("td", { class: "first" }, this.#link),
      this.#name,
      this.#status,
      this.#outcome,
      h("td", { class: "created" }, this.#created),
      this.#took,
    );
  }

  show(row) {
    const created = parseTime(row.createdTime);
    const changed = parseTime(row.lastUpdatedTime);
    const { runtimeStatus, outcome, name, isChild } = row;
    setText(this.#took, hasEnded(runtimeStatus) ? duration(Math.max(0, changed - created)) : "");
    const shown = JSON.stringify([runtimeStatus, outcome, name, row.createdTime]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const part = isChild ? h("span", { class: "part", title: "Part of another orchestration" }, "↳ ") : null;
    this.#name.replaceChildren(...[part, ...breakable(name)].filter(Boolean));
    this.#status.replaceChildren(badge(runtimeStatus, outcome));
    this.#outcome.replaceChildren(...[outcomeBadge(outcome)].filter(Boolean));
    this.#created.dateTime = this.#created.title = row.createdTime;
    setText(this.#day, day(created));
    setText(this.#time, time(created));
  }
}
