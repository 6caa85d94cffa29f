/** Numbers of instances, added up over the kinds that fit a choice. */

import { toneOf } from "./status.js";

const TONES = ["bad", "wait", "good", "off"];

/** The host's counts: `{kinds, complete, most}`. */
export class Counts {
  #kinds;
  #complete;
  #most;

  constructor({ kinds, complete, most }) {
    this.#kinds = kinds;
    this.#complete = complete;
    this.#most = most;
  }

  /** The number of instances that fit, as text. */
  total(choice) {
    return this.#text(this.#kinds.filter((kind) => fits(kind, choice)));
  }

  /** The statuses among those that fit, in the order of `names`, as `[status, text]`. */
  statuses(choice, names) {
    const groups = this.#groups("runtimeStatus", { ...choice, status: [] });
    return names.filter((name) => groups.has(name)).map((name) => [name, this.#text(groups.get(name))]);
  }

  /** The outcomes among those that fit, the bad ones first, as `[outcome, text]`. */
  outcomes(choice) {
    const groups = this.#groups("outcome", { ...choice, outcome: [] });
    groups.delete("");
    const size = (kinds) => kinds.reduce((sum, { count }) => sum + count, 0);
    const order = ([one, left], [other, right]) =>
      TONES.indexOf(toneOf(one)) - TONES.indexOf(toneOf(other)) || size(right) - size(left);
    return [...groups].sort(order).map(([outcome, kinds]) => [outcome, this.#text(kinds)]);
  }

  /** The orchestrators, as `[name, text]`. */
  names(choice) {
    const groups = this.#groups("name", { ...choice, name: "", status: [], outcome: [] });
    return [...groups].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, kinds]) => [name, this.#text(kinds)]);
  }

  #groups(key, choice) {
    const groups = new Map();
    for (const kind of this.#kinds) {
      if (fits(kind, choice)) groups.set(kind[key], [...(groups.get(kind[key]) ?? []), kind]);
    }
    return groups;
  }

  #text(kinds) {
    const sum = kinds.reduce((all, { count }) => all + Math.min(count, this.#most), 0);
    const isMore = !this.#complete || kinds.some(({ count }) => count > this.#most);
    return `${sum.toLocaleString()}${isMore ? "+" : ""}`;
  }
}

function fits(kind, { name, children, status, outcome }) {
  return (
    (name === "" || kind.name === name) &&
    (children === "" || kind.isChild === (children === "true")) &&
    (status.length === 0 || status.includes(kind.runtimeStatus)) &&
    (outcome.length === 0 || outcome.includes(kind.outcome))
  );
}
