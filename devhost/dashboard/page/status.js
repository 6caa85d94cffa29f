/** What a status looks like and what it allows. */

import { h } from "./dom.js";

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

/** The status with its sign, so that it does not hang on colour. */
export function badge(status) {
  const [mark, tone] = MARKS[status] ?? ["?", "off"];
  return h("span", { class: `badge ${tone}` }, h("span", { "aria-hidden": "true" }, mark), ` ${status}`);
}

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
