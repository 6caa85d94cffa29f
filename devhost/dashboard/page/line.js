/** A row of the list of instances. */

import { h, setText } from "./dom.js";
import { clock, duration, parseTime } from "./format.js";
import { instanceAddress } from "./route.js";
import { badge } from "./status.js";

/** One row of the table, kept from one refresh to the next so that focus stays. */
export class Line {
  #link;
  #name;
  #status;
  #created;
  #changed;
  #after;
  #shown = "";

  constructor(id) {
    this.#link = h("a", { href: instanceAddress(id), class: "id" }, id);
    this.#name = h("td", { "data-label": "Orchestrator" });
    this.#status = h("td", { "data-label": "Status" });
    this.#created = h("time");
    this.#changed = h("time");
    this.#after = h("small");
    this.element = h(
      "tr",
      {},
      h("td", { class: "first" }, this.#link),
      this.#name,
      this.#status,
      h("td", { "data-label": "Created" }, this.#created),
      h("td", { "data-label": "Last change" }, this.#changed, this.#after),
    );
  }

  show(row) {
    setText(this.#name, row.name);
    if (this.#shown !== row.runtimeStatus) this.#status.replaceChildren(badge(row.runtimeStatus));
    this.#shown = row.runtimeStatus;
    const created = parseTime(row.createdTime);
    this.#created.dateTime = this.#created.title = row.createdTime;
    setText(this.#created, clock(created));
    const changed = parseTime(row.lastUpdatedTime);
    this.#changed.dateTime = this.#changed.title = row.lastUpdatedTime;
    setText(this.#changed, clock(changed));
    setText(this.#after, changed > created ? ` after ${duration(changed - created)}` : "");
  }
}
