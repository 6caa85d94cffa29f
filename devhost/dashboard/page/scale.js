/** Where a moment lies between 0 and 1, and back: by the clock, or one step for each moment at which something happened. */

import { duration } from "./format.js";

const STEPS = [1, 2, 5];
const DAY = 86_400_000;
const ROUND = [2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200].map((s) => s * 1000);

export function clockScale(start, end) {
  const length = end - start;
  return { at: (time) => (time - start) / length, time: (place) => start + place * length };
}

/** Equal steps, so that a three day wait and a task of ten milliseconds can both be read. */
export function stepScale(start, end, moments) {
  const times = [...new Set([start, ...moments.filter((time) => time > start && time < end), end])].sort(
    (a, b) => a - b,
  );
  const count = times.length - 1;
  function at(time) {
    let low = 0;
    let high = count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time) low = middle;
      else high = middle;
    }
    return (low + (time - times[low]) / (times[high] - times[low])) / count;
  }
  function time(place) {
    const low = Math.max(0, Math.min(Math.floor(place * count), count - 1));
    return times[low] + (place * count - low) * (times[low + 1] - times[low]);
  }
  return { at, time };
}

/** Round marks of the clock, at most `most` between the two moments, as `{time, text}`. */
export function clockTicks(start, from, to, most) {
  const rough = Math.max((to - from) / Math.max(most, 1), 0.001);
  const step = roundStep(rough);
  const ticks = [];
  for (let n = Math.ceil((from - start) / step); start + n * step <= to; n += 1) {
    ticks.push({ time: start + n * step, text: n === 0 ? "0" : `+${duration(n * step)}` });
  }
  return ticks;
}

function roundStep(rough) {
  const unit = rough >= DAY ? DAY : 1;
  if (unit === 1 && rough > 1000) return ROUND.find((step) => step >= rough) ?? DAY;
  const power = 10 ** Math.floor(Math.log10(rough / unit));
  return unit * power * (STEPS.find((step) => step * power * unit >= rough) ?? 10);
}
