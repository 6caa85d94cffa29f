/** One instance: what it is, what one can do with it, its timeline and its history. */

import { about, legend, openSpan } from "./about.js";
import { Actions } from "./actions.js";
import { readInstance, readStatus } from "./api.js";
import { breakable, h, setText } from "./dom.js";
import { clock, duration, parseTime, zone } from "./format.js";
import { outcomeOf, reasonOf } from "./outcome.js";
import { instanceAddress } from "./route.js";
import { HistoryTable } from "./rows.js";
import { readHistory } from "./spans.js";
import { badge, hasEnded, outcomeBadge, toneOf } from "./status.js";
import { Timeline } from "./timeline.js";
import { valueBlock } from "./value.js";

export class InstanceView {
  #id;
  #status = "";
  #wasWhole = false;
  #shown = {};
  #model = null;
  #instance = null;
  #places = [];
  #timeline;
  #table = new HistoryTable();
  #actions;

  constructor(route, refresh) {
    this.#id = route.id;
    this.title = route.id;
    this.#actions = new Actions(route.id, refresh);
    this.#timeline = new Timeline((span) => this.#about.replaceChildren(...about(span, this.#model)), openSpan);
    this.#badge = h("span", { class: "badges" });
    this.#why = h("p", { class: "why", hidden: true });
    this.#facts = h("dl", { class: "facts" });
    this.#values = { input: section("Input"), output: section("Output"), customStatus: section("Custom status") };
    this.#about = h(
      "div",
      { class: "about", "aria-live": "polite" },
      h("p", { class: "hint" }, "Choose a bar to see what it got and gave."),
    );
    this.#note = h("p", { class: "banner", hidden: true });
    this.#rest = h(
      "div",
      { hidden: true },
      h("div", { class: "head" }, this.#badge, this.#actions.element),
      this.#why,
      this.#facts,
      this.#note,
      (this.#pictured = h("div", {}, h("h2", {}, "Timeline"), this.#timeline.element, legend(), this.#about)),
      h("div", { class: "values" }, Object.values(this.#values)),
      (this.#history = h("div", {}, h("h2", {}, "History"), this.#table.element)),
    );
    this.#missing = h(
      "p",
      { class: "empty", hidden: true },
      "There is no such instance; it may have been purged. ",
      h("a", { href: "#/instances" }, "All instances"),
    );
    this.element = h(
      "div",
      { class: "view instance" },
      h("p", { class: "trail" }, h("a", { href: "#/instances" }, "Instances")),
      h("h1", { class: "id" }, breakable(route.id)),
      this.#missing,
      this.#rest,
    );
  }

  #badge;
  #facts;
  #values;
  #about;
  #note;
  #rest;
  #why;
  #pictured;
  #history;
  #missing;

  close() {
    this.#timeline.close();
  }

  /**
   * The whole only when the status says that something changed, for it may be large. The status tells seconds only,
   * so one more reading follows each change.
   */
  async refresh(signal) {
    try {
      const status = await readStatus(this.#id, signal);
      if (status === this.#status && !this.#wasWhole) return this.#tick();
      this.#wasWhole = status !== this.#status;
      const { instance, rows, ...relatives } = await readInstance(this.#id, signal);
      this.#places = rows;
      this.#status = status;
      this.#show(instance, relatives);
    } catch (error) {
      if (error.status !== 404) throw error;
      this.#status = "";
      this.#missing.hidden = false;
      this.#rest.hidden = true;
    }
    return undefined;
  }

  /** Open bars grow. */
  #tick() {
    if (this.#instance && !hasEnded(this.#instance.runtimeStatus)) this.#picture();
  }

  #show(instance, relatives) {
    this.#instance = instance;
    this.#missing.hidden = true;
    this.#rest.hidden = false;
    this.#actions.show(instance);
    const outcome = outcomeOf(instance);
    this.#once("status", [instance.runtimeStatus, outcome], ([status]) =>
      this.#badge.replaceChildren(...[badge(status, outcome), outcomeBadge(outcome)].filter(Boolean)),
    );
    const reason = reasonOf(instance);
    this.#why.hidden = reason === "";
    this.#why.classList.toggle("bad", instance.runtimeStatus === "Failed" || toneOf(outcome) === "bad");
    setText(this.#why, reason);
    for (const [name, place] of Object.entries(this.#values)) {
      this.#once(name, instance[name] ?? null, (value) => place.lastChild.replaceChildren(valueBlock(value)));
      place.classList.toggle("empty-value", (instance[name] ?? null) === null);
    }
    this.#note.hidden = !relatives.historyError;
    setText(this.#note, `The host cannot show this history: ${relatives.historyError}`);
    this.#picture();
    this.#table.show(instance.historyEvents ?? []);
    this.#once("facts", { ...instance, relatives, input: 0, output: 0, customStatus: 0 }, () =>
      this.#facts.replaceChildren(...facts(instance, relatives, this.#model)),
    );
  }

  #picture() {
    this.#model = readHistory(this.#instance, this.#places, Date.now());
    this.#history.hidden = this.#pictured.hidden = this.#model === null;
    if (this.#model) this.#timeline.show(this.#model);
  }

  /** Draw again only what differs, so that what was unfolded stays. */
  #once(name, value, draw) {
    const text = JSON.stringify(value);
    if (this.#shown[name] === text) return;
    this.#shown[name] = text;
    draw(value);
  }
}

function facts(instance, relatives, model) {
  const rows = [["Orchestrator", breakable(instance.name)]];
  if (relatives.parent) rows.push(["Parent", linkTo(relatives.parent)]);
  const related = relatives.related.filter(({ instanceId }) => instanceId !== relatives.parent);
  const created = parseTime(instance.createdTime);
  const changed = parseTime(instance.lastUpdatedTime);
  rows.push(
    ["Created", moment(instance.createdTime, created)],
    ["Last change", moment(instance.lastUpdatedTime, changed)],
  );
  if (hasEnded(instance.runtimeStatus))
    rows.push(["Took", model ? duration(model.end - model.start) : duration(changed - created)]);
  if (related.length) rows.push(["Related by its id", h("ul", { class: "related" }, related.map(relative))]);
  return rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
}

const moment = (text, ms) => h("time", { datetime: text, title: text }, `${clock(ms)} ${zone(ms)}`);

const linkTo = (id) => h("a", { href: instanceAddress(id), class: "id" }, breakable(id));

/** Another instance that its id says belongs to this one, such as what was started for it after its end. */
function relative({ instanceId, name, runtimeStatus, outcome }) {
  const badges = [badge(runtimeStatus, outcome), outcomeBadge(outcome)].filter(Boolean);
  return h("li", {}, linkTo(instanceId), h("span", { class: "hint" }, ` ${name} `), badges);
}

function section(name) {
  return h("section", {}, h("h2", {}, name), h("div"));
}
