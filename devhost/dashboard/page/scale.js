/** Where a moment lies between 0 and 1, and back: by the clock, or one step for each moment at which something happened. */

import { duration } from "./format.js";

const STEPS = [1, 2, 5];

export function clockScale(start, end) {
  const length = end - start;
  return { at: (time) => (time - start) / length, time: (place) => start + place * length };
}

/** Equal steps, so that a three day wait and a task of ten milliseconds can both be read. */
export function stepScale(start, end, moments) {
  const times = [...new Set([start, ...moments.filter((time) => time > start && time < end), end])].sort((a, b) => a - b);
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
  const units = [1, 1000, 60_000, 3_600_000, 86_400_000];
  if (rough > 30_000 && rough < 86_400_000 * 2) {
    const whole = [60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000];
    const found = whole.find((step) => step >= rough);
    if (found) return found;
  }
  const unit = rough >= units[4] ? units[4] : 1;
  const power = 10 ** Math.floor(Math.log10(rough / unit));
  return unit * power * (STEPS.find((step) => step * power * unit >= rough) ?? 10);
}
