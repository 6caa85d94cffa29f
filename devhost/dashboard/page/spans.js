/**
 * A history as bars in lanes.
 *
 * An ended task is one row with the time it was scheduled. A timer is found again by its id, an entity's answer by the
 * id of its request. Runs of one name that do not overlap share a lane, so that attempts stand one after the other.
 */

import { parseTime } from "./format.js";
import { resultOf } from "./outcome.js";
import { toneOf } from "./status.js";

const TASKS = {
  TaskScheduled: ["activity", "pending"],
  TaskCompleted: ["activity", "done"],
  TaskFailed: ["activity", "failed"],
  SubOrchestrationInstanceCreated: ["child", "pending"],
  SubOrchestrationInstanceCompleted: ["child", "done"],
  SubOrchestrationInstanceFailed: ["child", "failed"],
};
const ENDINGS = { Completed: "done", Failed: "failed", Terminated: "cancelled", Canceled: "cancelled" };
const LIMITED = new Set(["activity", "child", "entity"]);
const POINTS = {
  GenericEvent: "rewound",
  ExecutionTerminated: "terminated",
  ExecutionSuspended: "suspended",
  ExecutionResumed: "resumed",
};
const LANES = { timer: "Timers", life: "Lifecycle" };
/** Words in the names of what takes something back. */
const UNDOING = /(?:^|[^a-z])(?:cancel|undo|refund|void|release|compensat|revert|revoke|roll_?back|withdraw|reverse)/i;
const UNDOING_CAMEL = /(?:Cancel|Undo|Refund|Void|Release|Compensat|Revert|Revoke|Rollback|RollBack|Withdraw|Reverse)/;

/**
 * `{lanes, start, end, running}`; times in milliseconds. A lane is `{kind, name, number, spans}`, a span
 * `{kind, name, state, start, end, attempt, rows, childId, entityId, fireAt, limit, undoes, outcome}`; `end` is null
 * while it is open, and equals `start` for a moment. `limit` is when a timer would have ended the wait for it.
 * `places` has the id, episode and child of each row.
 */
export function readHistory(instance, places, now) {
  const rows = instance.historyEvents ?? [];
  if (rows.length === 0) return null;
  const ended = instance.runtimeStatus in ENDINGS;
  const spans = [];
  const timers = new Map();
  const asked = new Map();
  let failures = [];
  for (const [index, row] of rows.entries()) {
    const [id, episode, childId] = places[index] ?? [];
    const at = parseTime(row.Timestamp);
    const [kind, state] = TASKS[row.EventType] ?? [];
    if (kind) {
      const open = state === "pending";
      const start = open ? at : parseTime(row.ScheduledTime ?? row.Timestamp);
      const span = {
        kind,
        name: row.FunctionName ?? row.Name,
        state,
        start,
        end: open ? null : at,
        rows: [row],
        index,
        id,
        episode,
        undoes: UNDOING.test(row.FunctionName ?? row.Name) || UNDOING_CAMEL.test(row.FunctionName ?? row.Name),
        outcome: resultOf(row.Result),
      };
      if (state === "done" && toneOf(span.outcome) === "bad") span.state = "refused";
      if (kind === "child") span.childId = childId ?? row.InstanceId ?? null;
      if (open && ended) span.state = "abandoned";
      spans.push(span);
      if (state === "failed") failures.push(span);
      continue;
    }
    switch (row.EventType) {
      case "TimerCreated": {
        const fireAt = parseTime(row.FireAt);
        const state = ended ? "cancelled" : "pending";
        const timer = {
          kind: "timer",
          name: "Timer",
          state,
          start: at,
          end: ended ? at : null,
          fireAt,
          rows: [row],
          index,
          id,
          episode,
          after: failures.shift(),
        };
        spans.push(timer);
        timers.set(id, timer);
        continue;
      }
      case "TimerFired": {
        const timer = timers.get(id);
        if (timer) Object.assign(timer, { state: "done", end: Math.max(at, timer.start), rows: [...timer.rows, row] });
        break;
      }
      case "EventSent": {
        const span = { ...sentTo(row, at, index, ended), id, episode };
        spans.push(span);
        if (span.request) asked.set(span.request, span);
        break;
      }
      case "EventRaised": {
        const call = asked.get(row.Name);
        const failed = call && "exceptionType" in (parsed(row.Input) ?? {});
        if (call) Object.assign(call, { state: failed ? "failed" : "done", end: at, rows: [...call.rows, row] });
        else spans.push({ kind: "event", name: row.Name, state: "done", start: at, end: at, rows: [row], index });
        break;
      }
      default:
        if (row.EventType in POINTS) {
          spans.push({
            kind: "life",
            name: POINTS[row.EventType],
            state: "done",
            start: at,
            end: at,
            rows: [row],
            index,
          });
        }
    }
    failures = [];
  }
  return arrange(instance, rows, withoutLimits(spans), ended, now);
}

/**
 * The spans without the timers that only limit how long one waits for a task: they become its `limit`.
 *
 * Such a timer is the next thing that the same episode schedules. One that fired while the task was open stays.
 */
function withoutLimits(spans) {
  const tasks = new Map(spans.filter(({ kind }) => LIMITED.has(kind)).map((span) => [`${span.episode} ${span.id}`, span]));
  return spans.filter((timer) => {
    const task = timer.kind === "timer" && tasks.get(`${timer.episode} ${timer.id - 1}`);
    if (!task || task.limit) return true;
    const firedFirst = timer.state === "done" && (task.end === null || timer.end <= task.end);
    if (!firedFirst) task.limit = timer.fireAt;
    return firedFirst;
  });
}

function arrange(instance, rows, spans, ended, now) {
  const start = parseTime(rows[0].Timestamp);
  const last = rows.reduce((latest, row) => Math.max(latest, parseTime(row.Timestamp)), start);
  let end = ended ? last : Math.max(last, now);
  const held = instance.runtimeStatus === "Suspended";
  for (const timer of spans) {
    if (timer.kind !== "timer" || timer.state === "done") continue;
    if (!held && timer.fireAt < end - 1000) timer.state = "cancelled";
    if (timer.state === "cancelled") timer.end = Math.max(timer.start, Math.min(timer.fireAt, end));
  }
  const waiting = spans.filter((span) => span.kind === "timer" && span.end === null).map((span) => span.fireAt);
  const soon = waiting.filter((fireAt) => fireAt - end < Math.max(30_000, end - start));
  end = soon.reduce((latest, fireAt) => Math.max(latest, fireAt), end);
  spans.sort((a, b) => a.start - b.start || a.index - b.index);
  const whole = {
    kind: "whole",
    name: instance.name,
    state: ENDINGS[instance.runtimeStatus] ?? "pending",
    start,
    end: ended ? last : null,
    rows: [rows[0], ...(ended ? [rows.at(-1)] : [])],
  };
  return {
    lanes: [{ kind: "whole", name: instance.name, spans: [whole] }, ...lanesOf(spans)],
    start,
    end: Math.max(end, start + 0.01),
    now: ended ? last : Math.max(last, now),
  };
}

/** Lanes in the order of their first bar. A retry's wait goes between the attempts that it parts. */
function lanesOf(spans) {
  const lanes = [];
  const groups = new Map();
  const waits = new Map(spans.filter((span) => span.after).map((span) => [span.after, span]));
  for (const span of spans) {
    if (span.kind === "backoff") continue;
    const signal = span.kind === "entity" && span.end === span.start;
    const name = LANES[span.kind] ?? (signal ? `${span.name} (signals)` : span.name);
    const group = groups.get(`${span.kind} ${name}`) ?? { lanes: [], soonest: Infinity };
    groups.set(`${span.kind} ${name}`, group);
    let lane = group.soonest <= span.start ? freeLane(group.lanes, span.start) : null;
    if (!lane) {
      lane = { kind: span.kind, name, spans: [] };
      lanes.push(lane);
      group.lanes.push(lane);
    }
    const before = lane.spans.findLast((one) => one.kind === span.kind);
    span.attempt = before?.state === "failed" ? before.attempt + 1 : 1;
    lane.spans.push(span);
    const wait = waits.get(span);
    if (wait && isBackoff(wait, span, spans)) {
      Object.assign(wait, { kind: "backoff", name: `Wait after attempt ${span.attempt}` });
      lane.spans.push(wait);
    }
    const freed = lane.spans.length > 1 ? group.lanes : [lane];
    group.soonest = freed.reduce(
      (soonest, one) => Math.min(soonest, freeFrom(one)),
      freed === group.lanes ? Infinity : group.soonest,
    );
  }
  for (const group of groups.values()) {
    if (group.lanes.length > 1) group.lanes.forEach((lane, n) => (lane.number = n + 1));
  }
  return lanes;
}

const freeFrom = ({ spans }) => spans.at(-1).end ?? Infinity;

/** The lane whose last bar is over: best the one where a retry has just waited. */
function freeLane(lanes, start) {
  const free = lanes.filter((lane) => freeFrom(lane) <= start);
  const retrying = free.filter(({ spans }) => spans.at(-1).kind === "backoff");
  return retrying.sort((a, b) => b.spans.at(-1).end - a.spans.at(-1).end)[0] ?? free[0];
}

/** Whether the timer was set because of this failure: the next attempt begins when it fires, or it has yet to. */
function isBackoff(timer, failed, spans) {
  if (timer.start - failed.end > 1000) return false;
  if (timer.end === null || failed.attempt > 1) return true;
  return spans.some(
    (span) =>
      span.kind === failed.kind &&
      span.name === failed.name &&
      span.start >= timer.end &&
      span.start - timer.end < 1000,
  );
}

function sentTo(row, at, index, ended) {
  const request = parsed(row.Input) ?? {};
  const entity = row.InstanceId.startsWith("@");
  const call = entity && !request.signal;
  return {
    kind: entity ? "entity" : "event",
    name: entity ? row.InstanceId : `${row.Name} to ${row.InstanceId}`,
    operation: request.op,
    entityId: entity ? row.InstanceId : null,
    request: call ? request.id : null,
    state: call ? (ended ? "abandoned" : "pending") : "done",
    start: at,
    end: call ? null : at,
    rows: [row],
    index,
  };
}

function parsed(text) {
  try {
    return typeof text === "string" ? JSON.parse(text) : text;
  } catch {
    return null;
  }
}
