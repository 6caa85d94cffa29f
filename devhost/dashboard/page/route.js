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

export function sectionAddress(section, query) {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
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
