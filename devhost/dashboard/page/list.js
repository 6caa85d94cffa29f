/** The list of instances: filters, search, pages by continuation token. */

import { h, setText } from "./dom.js";
import { typed } from "./fields.js";
import { Line } from "./line.js";
import { replaceRoute, sectionAddress } from "./route.js";
import { findInstances, PAGE } from "./search.js";
import { STATUSES } from "./status.js";

const TIMES = [
  ["", "Any time"],
  ["15", "Last 15 minutes"],
  ["60", "Last hour"],
  ["1440", "Last day"],
  ["between", "Between…"],
];
const COLUMNS = [
  ["instanceId", "Instance"],
  ["name", "Orchestrator"],
  ["runtimeStatus", "Status"],
  ["createdTime", "Created"],
  ["lastUpdatedTime", "Last change"],
];

export class ListView {
  title = "Instances";
  #refresh;
  #filters;
  #pages = [null];
  #sort = { key: "createdTime", up: false };
  #found = { rows: [], next: null, searched: 0 };
  #rows = new Map();
  #stale = true;
  #between;
  #body;
  #heads;
  #summary;
  #empty;
  #back;
  #on;
  #chips;

  constructor(route, refresh) {
    this.#refresh = refresh;
    const given = (name) => route.query.get(name) ?? "";
    this.#filters = {
      status: given("status")
        .split(",")
        .filter((name) => STATUSES.includes(name)),
      time: given("time"),
      from: given("from"),
      to: given("to"),
      prefix: given("prefix"),
      text: given("text"),
    };
    this.#build();
  }

  async refresh(signal) {
    const token = this.#pages.at(-1);
    if (this.#filters.text && !this.#stale && this.#found.searched > PAGE) return;
    if (this.#stale) this.element.setAttribute("aria-busy", "true");
    const found = await findInstances(this.#filters, token, signal);
    this.#found = found;
    this.#stale = false;
    this.element.removeAttribute("aria-busy");
    this.#draw();
  }

  #changed(change) {
    Object.assign(this.#filters, change);
    this.#pages = [null];
    this.#stale = true;
    const { status, ...rest } = this.#filters;
    replaceRoute(sectionAddress("instances", { status: status.join(","), ...rest }));
    this.#between.hidden = this.#filters.time !== "between";
    this.#refresh();
  }

  #turn(pages) {
    this.#pages = pages;
    this.#stale = true;
    this.#refresh();
  }

  // ---- what is seen

  #build() {
    const { status, time, from, to, prefix, text: wanted } = this.#filters;
    const local = (name, label, value) =>
      h(
        "label",
        { class: "field" },
        h("span", {}, label),
        h("input", {
          type: "datetime-local",
          value,
          step: "1",
          onchange: (e) => this.#changed({ [name]: e.target.value }),
        }),
      );
    this.#between = h(
      "div",
      { class: "between", hidden: time !== "between" },
      local("from", "From", from),
      local("to", "To", to),
    );
    this.#body = h("tbody");
    this.#heads = COLUMNS.map(([key, label]) =>
      h("th", { scope: "col" }, h("button", { type: "button", onclick: () => this.#sortBy(key) }, label)),
    );
    this.#summary = h("p", { class: "summary", role: "status" }, "Reading…");
    this.#empty = h("p", { class: "empty", hidden: true });
    this.#back = h("button", { type: "button", disabled: true, onclick: () => this.#turn(this.#pages.slice(0, -1)) }, "← Previous");
    this.#on = h("button", { type: "button", disabled: true, onclick: () => this.#turn([...this.#pages, this.#found.next]) }, "Next →");
    const statuses = STATUSES.map((name) =>
      h(
        "label",
        { class: "chip" },
        h("input", {
          type: "checkbox",
          value: name,
          checked: status.includes(name),
          onchange: () => this.#changed({ status: this.#chosen() }),
        }),
        h("span", {}, name),
      ),
    );
    this.#chips = statuses;
    this.element = h(
      "div",
      { class: "view" },
      h("h1", {}, "Instances"),
      h(
        "form",
        { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
        h("fieldset", { class: "chips" }, h("legend", {}, "Status"), statuses),
        h(
          "label",
          { class: "field" },
          h("span", {}, "Created"),
          h(
            "select",
            { onchange: (e) => this.#changed({ time: e.target.value }) },
            TIMES.map(([value, label]) => h("option", { value, selected: value === time }, label)),
          ),
        ),
        h(
          "label",
          { class: "field" },
          h("span", {}, "Id begins with"),
          typed("prefix", prefix, (value) => this.#changed({ prefix: value })),
        ),
        h(
          "label",
          { class: "field wide" },
          h("span", {}, "Text in id, name, input, output"),
          typed("text", wanted, (value) => this.#changed({ text: value })),
        ),
        this.#between,
      ),
      this.#summary,
      h(
        "div",
        { class: "tabular" },
        h(
          "table",
          { class: "instances" },
          h("caption", { class: "hidden" }, "Instances"),
          h("thead", {}, h("tr", {}, this.#heads)),
          this.#body,
        ),
        this.#empty,
      ),
      h("nav", { class: "pages", "aria-label": "Pages" }, this.#back, this.#on),
    );
  }

  #chosen() {
    return this.#chips
      .map((chip) => chip.firstChild)
      .filter((box) => box.checked)
      .map((box) => box.value);
  }

  #sortBy(key) {
    this.#sort = { key, up: this.#sort.key === key ? !this.#sort.up : !key.endsWith("Time") };
    this.#draw();
  }

  #draw() {
    const { key, up } = this.#sort;
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const order = (a, b) => compare(a[key], b[key]) * (up ? 1 : -1) || compare(a.instanceId, b.instanceId);
    const rows = [...this.#found.rows].sort(order);
    this.#heads.forEach((head, n) => {
      const mine = COLUMNS[n][0] === key;
      if (mine) head.setAttribute("aria-sort", up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
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
    this.#tell(rows.length);
  }

  #tell(count) {
    const { next, searched } = this.#found;
    const page = this.#pages.length;
    const more = next !== null;
    let said = `${count} ${count === 1 ? "instance" : "instances"}`;
    if (page > 1 || more) said += ` on page ${page}, sorted within the page`;
    if (this.#filters.text && more && count < PAGE) said += `; ${searched.toLocaleString()} searched, go on with Next`;
    setText(this.#summary, said);
    this.#back.disabled = page === 1;
    this.#on.disabled = !more;
    this.#back.parentNode.hidden = page === 1 && !more;
    this.#empty.hidden = count > 0;
    const filtered = Object.values(this.#filters).some((value) => value.length > 0);
    setText(
      this.#empty,
      filtered || page > 1
        ? "Nothing here fits these filters."
        : "No instance yet. Start an orchestration and it appears here.",
    );
    this.#body.parentNode.hidden = count === 0;
  }
}
