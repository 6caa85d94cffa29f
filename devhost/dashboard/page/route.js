/** Addresses after the `#`: `/instances?status=Failed`, `/instances/<id>`, `/entities?name=counter`. */

/** What the address asks for: the section, one id in it or null, and the filters. */
export function readRoute(hash = location.hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [section, ...rest] = path.split("/");
  const id = rest.join("/");
  return { section: section || "instances", id: id === "" ? null : decode(id), query: new URLSearchParams(query) };
}

export function instanceAddress(id) {
  return `#/instances/${encodeURIComponent(id.toWellFormed ? id.toWellFormed() : id)}`;
}

/** The address of a section; an `outcome` list has one entry each, for outcomes may hold commas. */
export function sectionAddress(section, { outcome = [], ...query }) {
  const pairs = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const text = new URLSearchParams([
    ...pairs.filter(([, value]) => value !== ""),
    ...outcome.map((value) => ["outcome", value]),
  ]).toString();
  return `#/${section}${text ? `?${text}` : ""}`;
}

/** Change the filters in the address without a step in the browser's history. */
export function replaceRoute(address) {
  if (location.hash !== address) history.replaceState(null, "", address);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
