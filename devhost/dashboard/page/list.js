/** The list of instances: filters, search, pages by continuation token. */

import { listInstances } from "./api.js";
import { h, setText } from "./dom.js";
import { clock, duration, parseTime } from "./format.js";
import { instanceAddress, replaceRoute, sectionAddress } from "./route.js";
import { badge, STATUSES } from "./status.js";

const PAGE = 100;
const SEARCHED_AT_ONCE = 3000;
const TIMES = [["", "Any time"], ["15", "Last 15 minutes"], ["60", "Last hour"], ["1440", "Last day"], ["between", "Between…"]];
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
      status: given("status").split(",").filter((name) => STATUSES.includes(name)),
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
    if (this.#searches() && !this.#stale && this.#found.searched > PAGE) return;
    if (this.#stale) this.element.setAttribute("aria-busy", "true");
    const found = await this.#find(token, signal);
    this.#found = found;
    this.#stale = false;
    this.element.removeAttribute("aria-busy");
    this.#draw();
  }

  /** Rows that fit, read page by page until one page of them is full, or enough has been searched. */
  async #find(token, signal) {
    const { status, prefix } = this.#filters;
    const asked = {
      ...this.#period(),
      runtimeStatus: status.join(","),
      instanceIdPrefix: prefix,
      showInput: this.#searches(),
      top: PAGE,
    };
    const rows = [];
    let next = token;
    let searched = 0;
    do {
      const page = await listInstances(asked, next, signal);
      rows.push(...page.rows.filter((row) => this.#fits(row)));
      searched += page.rows.length;
      next = page.token;
    } while (next && rows.length < PAGE && searched < SEARCHED_AT_ONCE);
    return { rows, next, searched };
  }

  /** Entities are listed by the API too, as instances with their id for a name; they have a page of their own. */
  #fits(row) {
    if (row.instanceId.startsWith("@") && row.name === row.instanceId && !this.#filters.prefix.startsWith("@")) return false;
    const wanted = this.#filters.text.toLowerCase();
    if (!wanted) return true;
    const values = [row.instanceId, row.name, row.input, row.output, row.customStatus];
    return values.some((value) => value !== null && text(value).toLowerCase().includes(wanted));
  }

  #searches() {
    return this.#filters.text !== "";
  }

  #period() {
    const { time, from, to } = this.#filters;
    const utc = (local) => (local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "");
    if (time === "between") return { createdTimeFrom: utc(from), createdTimeTo: utc(to) };
    return { createdTimeFrom: time ? new Date(Date.now() - Number(time) * 60_000).toISOString() : "" };
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
      h("label", { class: "field" }, h("span", {}, label), h("input", { type: "datetime-local", value, step: "1", onchange: (e) => this.#changed({ [name]: e.target.value }) }));
    this.#between = h("div", { class: "between", hidden: time !== "between" }, local("from", "From", from), local("to", "To", to));
    this.#body = h("tbody");
    this.#heads = COLUMNS.map(([key, label]) =>
      h("th", { scope: "col" }, h("button", { type: "button", onclick: () => this.#sortBy(key) }, label)),
    );
    this.#summary = h("p", { class: "summary", role: "status" }, "Reading…");
    this.#empty = h("p", { class: "empty", hidden: true });
    this.#back = h("button", { type: "button", onclick: () => this.#turn(this.#pages.slice(0, -1)) }, "← Previous");
    this.#on = h("button", { type: "button", onclick: () => this.#turn([...this.#pages, this.#found.next]) }, "Next →");
    const statuses = STATUSES.map((name) =>
      h("label", { class: "chip" }, h("input", { type: "checkbox", value: name, checked: status.includes(name), onchange: () => this.#changed({ status: this.#chosen() }) }), h("span", {}, name)),
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
        h("label", { class: "field" }, h("span", {}, "Created"), h("select", { onchange: (e) => this.#changed({ time: e.target.value }) }, TIMES.map(([value, label]) => h("option", { value, selected: value === time }, label)))),
        h("label", { class: "field" }, h("span", {}, "Id begins with"), typed("prefix", prefix, (value) => this.#changed({ prefix: value }))),
        h("label", { class: "field wide" }, h("span", {}, "Text in id, name, input, output"), typed("text", wanted, (value) => this.#changed({ text: value }))),
        this.#between,
      ),
      this.#summary,
      h("div", { class: "sheet" }, h("table", { class: "instances" }, h("caption", { class: "hidden" }, "Instances"), h("thead", {}, h("tr", {}, this.#heads)), this.#body), this.#empty),
      h("nav", { class: "pages", "aria-label": "Pages" }, this.#back, this.#on),
    );
  }

  #chosen() {
    return this.#chips.map((chip) => chip.firstChild).filter((box) => box.checked).map((box) => box.value);
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
      if (this.#body.children[n] !== line.element) this.#body.insertBefore(line.element, this.#body.children[n] ?? null);
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
    if (this.#searches() && more && count < PAGE) said += `; ${searched.toLocaleString()} searched, go on with Next`;
    setText(this.#summary, said);
    this.#back.disabled = page === 1;
    this.#on.disabled = !more;
    this.#back.parentNode.hidden = page === 1 && !more;
    this.#empty.hidden = count > 0;
    const filtered = Object.values(this.#filters).some((value) => value.length > 0);
    setText(this.#empty, filtered || page > 1 ? "Nothing here fits these filters." : "No instance yet. Start an orchestration and it appears here.");
    this.#body.parentNode.hidden = count === 0;
  }
}

/** One row of the table, kept from one refresh to the next so that focus stays. */
class Line {
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
    this.element = h("tr", {}, h("td", { class: "first" }, this.#link), this.#name, this.#status, h("td", { "data-label": "Created" }, this.#created), h("td", { "data-label": "Last change" }, this.#changed, this.#after));
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

/** A text box that speaks when typing pauses. */
export function typed(name, value, changed) {
  let timer = 0;
  const box = h("input", { type: "search", name, value, autocomplete: "off", spellcheck: "false", oninput: later, onchange: now });
  let last = value;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(now, 250);
  }
  function now() {
    clearTimeout(timer);
    if (box.value === last) return;
    last = box.value;
    changed(last);
  }
  return box;
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
