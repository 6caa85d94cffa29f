/** Instances that fit the filters; those that the API does not know are applied here, page by page. */

import { listInstances } from "./api.js";
import { isEntity } from "./status.js";

export const PAGE = 100;
const SEARCHED_AT_ONCE = 3000;

/** Rows from `token` on, read until a page of them is full or enough has been searched. */
export async function findInstances(filters, token, signal) {
  const asked = {
    ...period(filters),
    runtimeStatus: filters.status.join(","),
    instanceIdPrefix: filters.prefix,
    showInput: filters.text !== "",
    top: PAGE,
  };
  const rows = [];
  let next = token;
  let searched = 0;
  do {
    const page = await listInstances(asked, next, signal);
    rows.push(...page.rows.filter((row) => fits(row, filters)));
    searched += page.rows.length;
    next = page.token;
  } while (next && rows.length < PAGE && searched < SEARCHED_AT_ONCE);
  return { rows, next, searched };
}

/** Entities have a list of their own, and are in this one only if asked for. */
function fits(row, { prefix, text }) {
  if (isEntity(row) && !prefix.startsWith("@")) return false;
  const values = [row.instanceId, row.name, row.input, row.output, row.customStatus];
  return text === "" || values.some((value) => value !== null && holds(value, text.toLowerCase()));
}

function holds(value, wanted) {
  return (typeof value === "string" ? value : JSON.stringify(value)).toLowerCase().includes(wanted);
}

function period({ time, from, to }) {
  const utc = (local) => (local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "");
  if (time === "between") return { createdTimeFrom: utc(from), createdTimeTo: utc(to) };
  const minutes = Number(time);
  return { createdTimeFrom: minutes > 0 ? new Date(Date.now() - minutes * 60_000).toISOString() : "" };
}
