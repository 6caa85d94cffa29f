/** What a status looks like and what it allows. */

import { breakable, h } from "./dom.js";

export const STATUSES = ["Pending", "Running", "Suspended", "Completed", "Failed", "Terminated", "Canceled"];
const MARKS = {
  Pending: ["◌", "wait"],
  Running: ["▶", "info"],
  ContinuedAsNew: ["↻", "info"],
  Suspended: ["‖", "wait"],
  Completed: ["✓", "good"],
  Failed: ["✕", "bad"],
  Terminated: ["■", "off"],
  Canceled: ["■", "off"],
};
const ENDED = new Set(["Completed", "Failed", "Terminated", "Canceled"]);

export const hasEnded = (status) => ENDED.has(status);

/** Words that apps use for outcomes, the first that fits; most of them end on `ed` or `ing`. */
const OUTCOME_TONES = [
  ["bad", /fail|error|declin|reject|refus|denied|lost|abort|broke|crash|invalid|time.?out|timed.?out|expire/i],
  ["wait", /attention|wait|pend|review|manual|hold|cancel|compensat|undo|undone|roll.{0,3}back|revert|not[^a-z]/i],
  ["good", /confirm|complet|succe|done|approved|settled|paid|^ok$/i],
];
const OUTCOME_MARKS = { bad: "✕", wait: "!", good: "✓" };

/** How good an outcome is for whoever wanted it: "good", "wait", "bad", or "off" for words that say neither. */
export function toneOf(outcome) {
  return OUTCOME_TONES.find(([, words]) => words.test(outcome))?.[0] ?? "off";
}

/** The status with its sign, so that it does not hang on colour. Only a good end is green. */
export function badge(status, outcome = "") {
  const [mark, tone] = MARKS[status] ?? ["?", "off"];
  const isGood = tone !== "good" || outcome === "" || toneOf(outcome) === "good";
  return h("span", { class: `badge ${isGood ? tone : "off"}` }, sign(mark), h("span", { class: "word" }, ` ${status}`));
}

/** The outcome that the app names, with a sign of its own. */
export function outcomeBadge(outcome) {
  if (outcome === "") return null;
  const tone = toneOf(outcome);
  const mark = OUTCOME_MARKS[tone];
  return h("span", { class: `badge outcome ${tone}` }, mark ? [sign(mark), " "] : null, breakable(outcome));
}

const sign = (mark) => h("span", { class: "sign", "aria-hidden": "true" }, mark);

/** Entities are listed among the instances, with their id for a name. */
export const isEntity = ({ instanceId, name }) => instanceId.startsWith("@") && name === instanceId;

/** Whether the API would accept the operation on this instance, and it would make sense. */
export function allows(operation, instance) {
  if (isEntity(instance)) return operation === "purge";
  const status = instance.runtimeStatus;
  switch (operation) {
    case "resume":
      return status === "Suspended";
    case "suspend":
      return !hasEnded(status) && status !== "Suspended";
    case "rewind":
      return status === "Failed";
    case "purge":
      return hasEnded(status);
    case "restart":
      return true;
    default:
      return !hasEnded(status);
  }
}
