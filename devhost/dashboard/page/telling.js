/** Bars of the timeline in words. */

import { clock, duration, zone } from "./format.js";

export const KINDS = {
  whole: "Orchestration",
  activity: "Activity",
  child: "Sub-orchestration",
  timer: "Timer",
  backoff: "Wait before a retry",
  event: "Event",
  entity: "Entity",
  life: "Lifecycle",
};
const STATES = {
  done: "done",
  refused: "done",
  failed: "failed",
  pending: "open",
  cancelled: "cancelled",
  abandoned: "never ended",
};

export function nameOf(span) {
  if (span.kind === "entity") return `${span.operation || "message"} to ${span.name}`;
  return span.attempt > 1 && span.kind !== "event" ? `${span.name}, attempt ${span.attempt}` : span.name;
}

/** The limit as it was meant: it counts from the beginning of the episode, which is a little earlier. */
const rounded = (ms) => (ms < 10_000 ? ms : Math.round(ms / 1000) * 1000);

/** What it is and how it went, with times from the start of the timeline `model`. */
export function summaryOf(span, model) {
  const at = `+${duration(span.start - model.start)}`;
  const told = [span.undoes ? `${KINDS[span.kind]} that undoes` : KINDS[span.kind]];
  if (span.end === span.start && !span.fireAt) return `${told}, at ${at}`;
  told.push(span.outcome ? `${STATES[span.state]} (${span.outcome})` : STATES[span.state], `from ${at}`);
  if (span.fireAt && span.state !== "done")
    told.push(`${span.end === null ? "fires" : "was to fire"} at ${clock(span.fireAt)} ${zone(span.fireAt)}`);
  else if (span.end === null) told.push(`for ${duration(Math.max(0, model.now - span.start))} so far`);
  else told.push(`took ${duration(span.end - span.start)}`);
  if (span.limit) told.push(`limited to ${duration(rounded(span.limit - span.start))}`);
  return told.join(", ");
}
