/** A number of few decimal digits, nine at most, that is the same float32: their order is that of the float32s. */
export function shortest(value: number): number {
  const single = Math.fround(value);
  if (inDigits(single)) return Math.sign(single) * (found.units / TENS[found.places]);
  // most need eight; what needs fewer than seven ends in zeros
  for (const digits of [7, 8]) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}

/** The most bytes that one is written in. */
export const SHORTEST_BYTES = 24;

/** Writes the same as `String` does. @returns where it ends */
export function writeShortest(value: number, to: Uint8Array, at: number): number {
  const single = Math.fround(value);
  if (!inDigits(single)) {
    const text = String(shortest(single));
    for (let i = 0; i < text.length; i++) to[at + i] = text.charCodeAt(i);
    return at + text.length;
  }
  let { units, places } = found;
  for (; places > 0 && units % 10 === 0; places--) units /= 10;
  if (single < 0) to[at++] = 0x2d;
  const whole = Math.floor(units / TENS[places]);
  at = writeWhole(whole, to, at);
  if (places === 0) return at;
  to[at] = 0x2e;
  let rest = units - whole * TENS[places];
  for (let place = places; place > 0; place--) {
    const tenth = (rest / 10) | 0;
    to[at + place] = 0x30 + rest - 10 * tenth;
    rest = tenth;
  }
  return at + places + 1;
}

/** Writes a whole number in [0, 2³¹) in decimal digits. @returns where they end */
export function writeWhole(value: number, to: Uint8Array, at: number): number {
  let end = at + 1;
  for (let least = 10; value >= least; least *= 10) end++;
  for (let place = end - 1, rest = value; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    to[place] = 0x30 + rest - 10 * tenth;
    rest = tenth;
  }
  return end;
}

/** Powers of ten, each a float64 to the last bit. */
const TENS = Float64Array.from({ length: 15 }, (_, power) => Number(`1e${power}`));

/** What `inDigits` found: units / 10 ** places. One for all, since an object a number would take longer than the rest. */
const found = { units: 0, places: 0 };

/**
 * Finds the digits of a float32's size by arithmetic, which takes a tenth of the time of making text: a whole number over a power of ten,
 * both of which float64 has, is rounded as the text would be. False where that is not sure: of the very small and large, and of halves.
 */
function inDigits(single: number): boolean {
  const size = Math.abs(single);
  if (!(size >= 1e-5 && size < 1e6)) return false;
  const power = Math.floor(Math.log10(size));
  for (let digits = 7; digits <= 9; digits++) {
    const places = digits - 1 - power;
    const scaled = size * TENS[places];
    const units = Math.round(scaled);
    if (Math.abs(Math.abs(units - scaled) - 0.5) < 1e-6) return false;
    if (units < TENS[digits - 1] || units >= TENS[digits]) return false;
    if (digits < 9 && Math.fround(units / TENS[places]) !== size) continue;
    found.units = units;
    found.places = places;
    return true;
  }
  return false;
}
