/** The management API, and the key that it may ask for. */

const BASE = new URL("../runtime/webhooks/durabletask/", document.baseURI);
const KEY = "devhost-key";
const NEXT_PAGE = "x-ms-continuation-token";
const EXACT_LIMIT = 5_000_000;
const BY_STATUS = {
  401: "The host asks for a key.",
  404: "There is no such instance; it may have been purged.",
  410: "The instance has ended already.",
};

/** A refusal: `status` is 0 when the host did not answer, the message is the API's own where it gives one. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Keep the key of `?code=` for this tab, and take it out of the address. */
export function takeKeyFromAddress() {
  const url = new URL(location.href);
  const name = [...url.searchParams.keys()].find((key) => key.toLowerCase() === "code");
  if (name === undefined) return;
  keepKey(url.searchParams.get(name));
  url.searchParams.delete(name);
  history.replaceState(null, "", url);
}

export function keepKey(key) {
  sessionStorage.setItem(KEY, key.replace(/[^\x21-\x7e]/g, ""));
}

/** A path segment. The host decodes twice, and an address would lose segments of dots alone. */
export function segment(text) {
  const whole = text.toWellFormed ? text.toWellFormed() : text;
  return encodeURIComponent(encodeURIComponent(whole).replaceAll(".", "%2E"));
}

/** A page from the newest instance on, `{rows, next}`; `next` is the place to go on from, empty at the end. */
export async function listNewest(filters, outcomes, after, signal) {
  const query = [encode({ ...filters, after }), ...outcomes.map((outcome) => encode({ outcome }))];
  return (await ask(`list?${query.filter(Boolean).join("&")}`, signal)).value;
}

/** The number of instances of each kind: `{kinds: [{name, isChild, runtimeStatus, outcome, count}], complete, most}`. */
export async function countInstances(signal) {
  return (await ask("counts", signal)).value;
}

export async function listEntities(name, top, token, signal) {
  const path = name ? `entities/${segment(name)}` : "entities";
  return page(await call("GET", `${path}?${encode({ fetchState: true, top })}`, { signal, token }));
}

/** The status alone: small, whatever the instance carries. */
export async function readStatus(id, signal) {
  const { text } = await call("GET", `instances/${segment(id)}?showInput=false`, { signal });
  return text;
}

/**
 * The instance with its history and relatives: `{instance, rows, parent, related, historyError}`.
 *
 * `rows` has for each row of the history the id of what it schedules or ends, the episode in which that was scheduled,
 * and a child's instance id.
 */
export async function readInstance(id, signal) {
  return (await ask(`instance?${encode({ instanceId: id })}`, signal)).value;
}

export async function act(id, operation, query = {}) {
  return (await call("POST", `instances/${segment(id)}/${operation}?${encode(query)}`)).value;
}

export async function raiseEvent(id, name, json) {
  const headers = { "Content-Type": "application/json" };
  await call("POST", `instances/${segment(id)}/raiseEvent/${segment(name)}`, { body: json, headers });
}

export async function purge(id) {
  await call("DELETE", `instances/${segment(id)}`);
}

/** Parse JSON so that numbers print as they were written, where the browser can do that. */
export function parseExactly(text) {
  if (!JSON.rawJSON || text.length > EXACT_LIMIT) return JSON.parse(text);
  return JSON.parse(text, (_, value, context) =>
    typeof value === "number" && context?.source && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value,
  );
}

function encode(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(given).toString();
}

function page({ value, response }) {
  return { rows: value, token: response.headers.get(NEXT_PAGE) || null };
}

/** Ask the dashboard's own site for what the management API does not tell. */
function ask(path, signal) {
  return call("GET", new URL(path, document.baseURI), { signal });
}

async function call(method, path, { headers = {}, body, signal, token } = {}) {
  const key = sessionStorage.getItem(KEY);
  const sent = { ...headers };
  if (key) sent["x-functions-key"] = key;
  if (token) sent[NEXT_PAGE] = token;
  let response, text;
  try {
    response = await fetch(new URL(path, BASE), { method, body, signal, headers: sent, cache: "no-store" });
    text = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The host does not answer. Trying again…");
  }
  if (!response.ok) throw new ApiError(response.status, refusal(response.status, text));
  return { response, text, value: text ? parseExactly(text) : null };
}

function refusal(status, text) {
  let body = text;
  try {
    body = JSON.parse(text);
  } catch {
    /* a plain text says it itself */
  }
  const said = typeof body === "string" ? body : body?.Message;
  const detail = body?.ExceptionMessage;
  if (said) return detail && detail !== said ? `${said} ${detail}` : said;
  return BY_STATUS[status] ?? `The host answered ${status}.`;
}
