/** One instance: what it is, what one can do with it, its timeline and its history. */

import { Actions } from "./actions.js";
import { parseExactly, readInstance, readRelatives, readStatus } from "./api.js";
import { h, setText } from "./dom.js";
import { clock, duration, parseTime } from "./format.js";
import { instanceAddress, sectionAddress } from "./route.js";
import { HistoryTable } from "./rows.js";
import { readHistory } from "./spans.js";
import { badge, hasEnded } from "./status.js";
import { KINDS, nameOf, summaryOf, Timeline } from "./timeline.js";
import { valueBlock } from "./value.js";

export class InstanceView {
  #id;
  #status = "";
  #wasWhole = false;
  #shown = {};
  #model = null;
  #timeline;
  #table = new HistoryTable();
  #actions;

  constructor(route, refresh) {
    this.#id = route.id;
    this.title = route.id;
    this.#actions = new Actions(route.id, refresh);
    this.#timeline = new Timeline((span) => this.#tell(span), openSpan);
    this.#badge = h("span");
    this.#facts = h("dl", { class: "facts" });
    this.#values = { input: section("Input"), output: section("Output"), customStatus: section("Custom status") };
    this.#about = h("div", { class: "about", "aria-live": "polite" }, h("p", { class: "hint" }, "Choose a bar to see what it got and gave."));
    this.#note = h("p", { class: "banner", hidden: true });
    this.#rest = h(
      "div",
      { hidden: true },
      h("div", { class: "head" }, this.#badge, this.#actions.element),
      this.#facts,
      h("div", { class: "values" }, Object.values(this.#values)),
      this.#note,
      (this.#history = h("div", {}, h("h2", {}, "Timeline"), this.#timeline.element, legend(), this.#about, h("h2", {}, "History"), this.#table.element)),
    );
    this.#missing = h("p", { class: "empty", hidden: true }, "There is no such instance; it may have been purged. ", h("a", { href: "#/instances" }, "All instances"));
    this.element = h("div", { class: "view instance" }, h("p", { class: "trail" }, h("a", { href: "#/instances" }, "Instances")), h("h1", { class: "id" }, route.id), this.#missing, this.#rest);
  }

  #badge;
  #facts;
  #values;
  #about;
  #note;
  #rest;
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
      const [instance, relatives] = await Promise.all([
        readInstance(this.#id, signal),
        readRelatives(this.#id, signal).catch(() => null),
      ]);
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

  #instance = null;
  #relatives = null;

  /** Open bars grow. */
  #tick() {
    if (this.#instance && !hasEnded(this.#instance.runtimeStatus)) this.#picture();
  }

  #show(instance, relatives) {
    this.#instance = instance;
    this.#relatives = relatives;
    this.#missing.hidden = true;
    this.#rest.hidden = false;
    this.#actions.show(instance.runtimeStatus);
    this.#once("status", instance.runtimeStatus, (status) => this.#badge.replaceChildren(badge(status)));
    for (const [name, place] of Object.entries(this.#values)) {
      this.#once(name, instance[name] ?? null, (value) => place.lastChild.replaceChildren(valueBlock(value)));
      place.classList.toggle("empty-value", (instance[name] ?? null) === null);
    }
    this.#note.hidden = !instance.historyError;
    setText(this.#note, `The host cannot show this history: ${instance.historyError}`);
    this.#picture();
    this.#table.show(instance.historyEvents ?? []);
    this.#once("facts", { ...instance, relatives, input: 0, output: 0, customStatus: 0 }, () => this.#facts.replaceChildren(...facts(instance, relatives, this.#model)));
  }

  #picture() {
    this.#model = readHistory(this.#instance, this.#relatives?.children, Date.now());
    this.#history.hidden = this.#model === null;
    if (this.#model) this.#timeline.show(this.#model);
  }

  /** Draw again only what differs, so that what was unfolded stays. */
  #once(name, value, draw) {
    const text = JSON.stringify(value);
    if (this.#shown[name] === text) return;
    this.#shown[name] = text;
    draw(value);
  }

  #tell(span) {
    const rows = Object.assign({}, ...span.rows);
    const input = inputOf(span);
    const result = resultOf(span);
    const link = leadsTo(span);
    const failure = failureOf(rows);
    const parts = [
      h("h3", {}, nameOf(span)),
      h("p", {}, summaryOf(span, this.#model), " ", h("span", { class: "hint" }, `started ${clock(span.start, true)}`), link ? [" ", h("a", { href: link.address }, link.text)] : null),
      failure ? h("div", {}, h("h4", {}, "Failure"), valueBlock(failure)) : null,
      input === null || span.kind === "whole" ? null : h("div", {}, h("h4", {}, "Input"), valueBlock(input)),
      result === null ? null : h("div", {}, h("h4", {}, "Result"), valueBlock(result)),
    ];
    this.#about.replaceChildren(...parts.filter((part) => part !== null));
  }
}

function facts(instance, relatives, model) {
  const rows = [["Orchestrator", instance.name]];
  if (relatives?.parent) rows.push(["Parent", h("a", { href: instanceAddress(relatives.parent), class: "id" }, relatives.parent)]);
  const created = parseTime(instance.createdTime);
  const changed = parseTime(instance.lastUpdatedTime);
  rows.push(["Created", moment(instance.createdTime, created)], ["Last change", moment(instance.lastUpdatedTime, changed)]);
  if (hasEnded(instance.runtimeStatus)) rows.push(["Took", model ? duration(model.end - model.start) : duration(changed - created)]);
  return rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
}

/** What the function was given: the history wraps it in up to two texts, an activity's in a list, an entity's in a request. */
function inputOf({ kind, rows }) {
  const given = rows[0].Input ?? null;
  const outer = parsed(given);
  if (kind === "activity") return parsed(Array.isArray(outer) ? outer[0] : outer);
  if (kind === "entity") return parsed(parsed(outer?.input ?? null));
  return kind === "child" ? parsed(outer) : given;
}

function resultOf({ kind, rows }) {
  const last = rows.at(-1);
  if (kind !== "entity") return last.Result ?? null;
  return rows.length > 1 ? parsed(parsed(last.Input)?.result ?? null) : null;
}

/** Why it failed, with the stack where the details hold one. */
function failureOf({ Reason, Details }) {
  const inner = parsed(Details)?.InnerException?.Message;
  return [Reason, inner ?? Details].filter(Boolean).join("\n\n");
}

function parsed(text) {
  try {
    return typeof text === "string" ? parseExactly(text) : (text ?? null);
  } catch {
    return text;
  }
}

const moment = (text, ms) => h("time", { datetime: text, title: text }, clock(ms));

function section(name) {
  return h("section", {}, h("h2", {}, name), h("div"));
}

function leadsTo(span) {
  if (span.childId) return { address: instanceAddress(span.childId), text: "Open the sub-orchestration" };
  if (span.entityId) return { address: sectionAddress("entities", { name: span.entityId.split("@")[1] }), text: "Show these entities" };
  return null;
}

function openSpan(span) {
  const link = leadsTo(span);
  if (link) location.hash = link.address;
}

function legend() {
  const kinds = ["activity", "child", "timer", "event", "entity"].map((kind) => h("li", {}, h("span", { class: `key-dot ${kind}`, "aria-hidden": "true" }), KINDS[kind]));
  const states = [["✕", "failed"], ["»", "still open"], ["2", "attempt"], ["┄", "wait before a retry"]].map(([sign, text]) => h("li", {}, h("span", { class: "sign", "aria-hidden": "true" }, sign), text));
  return h("ul", { class: "legend", "aria-label": "Legend" }, kinds, states);
}
