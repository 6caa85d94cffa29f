/** One bar of the timeline in full: what it got, what it gave, why it failed and where it leads. */

import { parseExactly } from "./api.js";
import { h } from "./dom.js";
import { clock, zone } from "./format.js";
import { instanceAddress, sectionAddress } from "./route.js";
import { KINDS, nameOf, summaryOf } from "./telling.js";
import { valueBlock } from "./value.js";

/** The panel's content for a span of `model`. */
export function about(span, model) {
  const link = leadsTo(span);
  const started = h("span", { class: "hint" }, `started ${clock(span.start, true)} ${zone(span.start)}`);
  const leads = link ? [" ", h("a", { href: link.address }, link.text)] : null;
  const values = [
    [span.state === "failed" ? "Failure" : "Reason", reasonOf(span)],
    ["Input", span.kind === "whole" ? null : inputOf(span)],
    ["Result", resultOf(span)],
  ];
  const told = values.filter(([, value]) => value !== null && value !== "");
  return [
    h("h3", {}, nameOf(span)),
    h("p", {}, summaryOf(span, model), " ", started, leads),
    ...told.map(([name, value]) => h("div", {}, h("h4", {}, name), valueBlock(value))),
  ];
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
function reasonOf({ rows }) {
  const { Reason, Details } = rows.at(-1);
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

function leadsTo(span) {
  if (span.childId) return { address: instanceAddress(span.childId), text: "Open the sub-orchestration" };
  if (span.entityId)
    return { address: sectionAddress("entities", { name: span.entityId.split("@")[1] }), text: "Show these entities" };
  return null;
}

/** Go where the span leads, if it does. */
export function openSpan(span) {
  const link = leadsTo(span);
  if (link) location.hash = link.address;
}

/** What the colours and signs mean. */
export function legend() {
  const kinds = ["activity", "child", "timer", "event", "entity"].map((kind) =>
    h("li", {}, h("span", { class: `key-dot ${kind}`, "aria-hidden": "true" }), KINDS[kind]),
  );
  kinds.push(h("li", {}, h("span", { class: "key-dot undoes", "aria-hidden": "true" }), "Undoes, by its name"));
  const states = [
    ["✕", "failed or refused"],
    ["»", "still open"],
    ["2", "attempt"],
    ["┄", "wait before a retry"],
  ].map(([sign, text]) => h("li", {}, h("span", { class: "sign", "aria-hidden": "true" }, sign), text));
  return h("ul", { class: "legend", "aria-label": "Legend" }, kinds, states);
}
