/** A number of few decimal digits, nine at most, that is the same float32: their order is that of the float32s. */
export function shortest(value: number): number {
  const single = Math.fround(value);
  // most need eight; what needs fewer than seven ends in zeros
  for (const digits of [7, 8]) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}
