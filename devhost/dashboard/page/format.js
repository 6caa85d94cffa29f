/** Times, durations and JSON as text. */

const DAY = 86_400_000;

/** The host's time text as milliseconds with fractions; its seven digits are more than a Date holds. */
export function parseTime(text) {
  const fraction = /\.(\d+)/.exec(text);
  return Date.parse(`${text.slice(0, 19)}Z`) + (fraction ? Number(`0.${fraction[1]}`) * 1000 : 0);
}

/** A length of time with two units at most. */
export function duration(ms) {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1000) return `${Number(ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0))} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 1))} s`;
  const units = [
    ["d", DAY],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ];
  const first = units.findIndex(([, size]) => ms >= size);
  const parts = [];
  let rest = ms;
  for (const [name, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${name}`);
  }
  return parts.join(" ");
}

/** A moment in the reader's zone, with its day; `zone` names it. */
export function clock(ms, precise = false) {
  return `${day(ms)} ${time(ms, precise)}`;
}

/** The day of a moment, in an order that nobody can take for another. */
export function day(ms) {
  const date = new Date(ms);
  return [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
}

/** The time of day of a moment. */
export function time(ms, precise = false) {
  const date = new Date(ms);
  const seconds = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  return precise ? `${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}` : seconds;
}

const twoDigits = (number) => String(number).padStart(2, "0");

/** The reader's zone at a moment, as a difference from UTC. */
export function zone(ms) {
  const minutes = -new Date(ms).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${twoDigits(rest)}` : ""}`;
}

export function bytes(count) {
  if (count < 10_000) return `${count.toLocaleString()} characters`;
  return count < 1_000_000 ? `${Math.round(count / 1000)} k characters` : `${(count / 1e6).toFixed(1)} M characters`;
}

/** JSON text in lines, and whether it was a text that holds JSON (what the SDK sends is encoded twice). */
export function pretty(value, parse) {
  if (typeof value === "string" && /^\s*[[{"]/.test(value)) {
    try {
      return { text: lines(parse(value)), inner: true };
    } catch {
      /* it only looked like JSON */
    }
  }
  return { text: lines(value), inner: false };
}

const lines = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
