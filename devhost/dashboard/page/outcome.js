/** What the values of an instance or a task say of how it went. */

import { hasEnded } from "./status.js";

/** The outcome that the app names, as the host's list does; empty if there is none. */
export function outcomeOf({ runtimeStatus, output, customStatus }) {
  const ofOutput = hasEnded(runtimeStatus) ? resultOf(output) : "";
  if (ofOutput) return ofOutput;
  return typeof customStatus === "string" ? short(customStatus) : named(customStatus, ["status", "state", "step"]);
}

/** The outcome that a result names; empty if there is none. */
export function resultOf(value) {
  return named(value, ["status", "state"]);
}

/** Why it did not go well, in one sentence if the values hold one. */
export function reasonOf({ runtimeStatus, output }) {
  if (runtimeStatus === "Failed" || runtimeStatus === "Terminated") return firstLine(output);
  const { error, reason } = isObject(output) ? output : {};
  if (isObject(error)) return firstLine(error.message ?? error.code);
  return firstLine(error ?? reason);
}

function named(value, keys) {
  if (!isObject(value)) return "";
  const key = keys.find((one) => typeof value[one] === "string");
  return key ? short(value[key]) : "";
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const short = (text) => text.trim().split(/\s+/).join(" ").slice(0, 60);

/** The text before the host's JSON with the stack, and not too much of it. */
function firstLine(value) {
  if (typeof value !== "string") return "";
  const text = value.split(' \n {"$type":')[0].trim();
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
