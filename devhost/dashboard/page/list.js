/** The list of instances, from the newest on: filters with their numbers, and pages. */

import { countInstances, listNewest } from "./api.js";
import { Counts } from "./counts.js";
import { h, setText } from "./dom.js";
import { Facet } from "./facets.js";
import { choice, local, typed } from "./fields.js";
import { zone } from "./format.js";
import { Line } from "./line.js";
import { replaceRoute, sectionAddress } from "./route.js";
import { STATUSES, toneOf } from "./status.js";

const PAGE = 100;
const TIMES = [
  ["", "Any time"],
  ["15", "Last 15 minutes"],
  ["60", "Last hour"],
  ["1440", "Last day"],
  ["between", "Between…"],
];
const LEVELS = [
  ["", "With sub-orchestrations"],
  ["false", "Without sub-orchestrations"],
  ["true", "Sub-orchestrations only"],
];
const COLUMNS = ["Instance", "Orchestrator", "Status", "Outcome", "Created", "Took"];
const WIDE = matchMedia("(min-width: 681px)");

export class ListView {
  title = "Instances";
  #refresh;
  #filters;
  #pages = [""];
  #next = "";
  #rows = new Map();
  #stale = true;
  #statuses;
  #outcomes;
  #names;
  #body = h("tbody");
  #table;
  #summary = h("p", { class: "summary", role: "status" }, "Reading…");
  #empty = h("p", { class: "empty", hidden: true });
  #between;
  #more;
  #back;
  #on;

  constructor(route, refresh) {
    this.#refresh = refresh;
    const text = (name) => route.query.get(name) ?? "";
    this.#filters = {
      status: text("status")
        .split(",")
        .filter((name) => STATUSES.includes(name)),
      outcome: route.query.getAll("outcome"),
      name: text("name"),
      children: text("children"),
      time: text("time"),
      from: text("from"),
      to: text("to"),
      prefix: text("prefix"),
      text: text("text"),
    };
    this.#build();
  }

  async refresh(signal) {
    if (this.#stale) this.element.setAttribute("aria-busy", "true");
    const { status, outcome, name, children, prefix, text } = this.#filters;
    const filters = { name, children, prefix, text, ...period(this.#filters), runtimeStatus: status.join(","), top: PAGE };
    const [numbers, page] = await Promise.all([
      countInstances(signal),
      listNewest(filters, outcome, this.#pages.at(-1), signal),
    ]);
    const counts = new Counts(numbers);
    this.#next = page.next;
    this.#stale = false;
    this.element.removeAttribute("aria-busy");
    this.#drawNumbers(counts);
    this.#drawRows(page.rows);
    this.#tell(page.rows.length, counts);
  }

  close() {
    WIDE.removeEventListener("change", this.#unfold);
  }

  #changed(change) {
    Object.assign(this.#filters, change);
    replaceRoute(sectionAddress("instances", this.#filters));
    this.#between.hidden = this.#filters.time !== "between";
    this.#turn([""]);
  }

  #turn(pages) {
    this.#pages = pages;
    this.#stale = true;
    this.#refresh();
  }

  /** The other filters are folded away where there is little room. */
  #unfold = () => (this.#more.open = WIDE.matches);

  #build() {
    const { status, outcome, name, children, time, from, to, prefix, text } = this.#filters;
    const change = (key) => (value) => this.#changed({ [key]: value });
    this.#outcomes = new Facet("Outcome", outcome, () => this.#changed({ outcome: this.#outcomes.chosen }), toneOf);
    this.#statuses = new Facet("Status", status, () => this.#changed({ status: this.#statuses.chosen }), toneOf);
    this.#names = choice("Orchestrator", "name", [["", "All"]], name, change("name"));
    const [since, until] = [local("From", from, change("from")), local("To", to, change("to"))];
    this.#between = h("div", { class: "between", hidden: time !== "between" }, since, until);
    this.#more = h(
      "details",
      { class: "more" },
      h("summary", {}, "More filters"),
      h(
        "div",
        { class: "filters" },
        this.#names.element,
        choice("Level", "children", LEVELS, children, change("children")).element,
        choice("Created", "time", TIMES, time, change("time")).element,
        h("label", { class: "field" }, h("span", {}, "Id begins with"), typed("prefix", prefix, change("prefix"))),
        h(
          "label",
          { class: "field wide" },
          h("span", {}, "Text in id, name, input, output"),
          typed("text", text, change("text")),
        ),
        this.#between,
      ),
    );
    this.#unfold();
    WIDE.addEventListener("change", this.#unfold);
    this.#back = h("button", { type: "button", onclick: () => this.#turn(this.#pages.slice(0, -1)) }, "← Newer");
    this.#on = h("button", { type: "button", onclick: () => this.#turn([...this.#pages, this.#next]) }, "Older →");
    this.#back.disabled = this.#on.disabled = true;
    const heads = COLUMNS.map((label) =>
      h("th", { scope: "col" }, label, label === "Created" ? ` (${zone(Date.now())})` : null),
    );
    this.#table = h(
      "table",
      { class: "instances" },
      h("caption", { class: "hidden" }, "Instances, the newest first"),
      h("thead", {}, h("tr", {}, heads)),
      this.#body,
    );
    this.element = h(
      "div",
      { class: "view" },
      h("div", { class: "title" }, h("h1", {}, "Instances"), this.#summary),
      h(
        "form",
        { role: "search", onsubmit: (event) => event.preventDefault() },
        this.#outcomes.element,
        this.#statuses.element,
        this.#more,
      ),
      h("div", { class: "tabular" }, this.#table, this.#empty),
      h("nav", { class: "pages", "aria-label": "Pages" }, this.#back, this.#on),
    );
  }

  #drawNumbers(counts) {
    this.#outcomes.show(counts.outcomes(this.#filters));
    this.#statuses.show(counts.statuses(this.#filters, STATUSES));
    const names = counts.names(this.#filters).map(([name, count]) => [name, `${name} (${count})`]);
    this.#names.show([["", "All"], ...names]);
  }

  #drawRows(rows) {
    const kept = new Map();
    rows.forEach((row, n) => {
      const line = this.#rows.get(row.instanceId) ?? new Line(row.instanceId);
      line.show(row);
      kept.set(row.instanceId, line);
      if (this.#body.children[n] !== line.element)
        this.#body.insertBefore(line.element, this.#body.children[n] ?? null);
    });
    for (const [id, line] of this.#rows) if (!kept.has(id)) line.element.remove();
    this.#rows = kept;
    this.#table.hidden = rows.length === 0;
  }

  #tell(count, counts) {
    const page = this.#pages.length;
    const { prefix, text, time } = this.#filters;
    const narrowed = Boolean(prefix || text || time);
    const total = narrowed ? "" : counts.total(this.#filters);
    const before = (page - 1) * PAGE;
    let said = narrowed ? `${count} shown` : `${total} ${total === "1" ? "instance" : "instances"}`;
    if (!narrowed && (page > 1 || this.#next) && count) said = `${before + 1} to ${before + count} of ${said}`;
    if (narrowed && this.#next && count < PAGE) said += "; there may be more: go on with Older";
    setText(this.#summary, said);
    this.#back.disabled = page === 1;
    this.#on.disabled = !this.#next;
    this.#back.parentNode.hidden = page === 1 && !this.#next;
    this.#empty.hidden = count > 0;
    const isFiltered = Object.values(this.#filters).some((value) => value.length > 0);
    setText(
      this.#empty,
      isFiltered || page > 1
        ? "Nothing here fits these filters."
        : "No instance yet. Start an orchestration and it appears here.",
    );
  }
}

function period({ time, from, to }) {
  const utc = (text) => (text && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : "");
  if (time === "between") return { createdTimeFrom: utc(from), createdTimeTo: utc(to) };
  const minutes = Number(time);
  return { createdTimeFrom: minutes > 0 ? new Date(Date.now() - minutes * 60_000).toISOString() : "" };
}
