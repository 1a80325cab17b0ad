/**
 * A number with so many decimals, as C's printf has it: what lies in the middle goes to the even digit, -0 keeps its sign, and
 * NaN, which only 0 / 0 makes here, is -nan.
 */
export function printed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return '  -nan';
  const text = value.toFixed(decimals);
  if (value === 0) return Object.is(value, -0) ? `-${text}` : text;
  // only an odd multiple of 1 / 2^(decimals + 1) lies in the middle of two decimals, and toFixed goes away from 0 there
  const halves = value * 2 ** (decimals + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return text;
  const last = Number(text.at(-1));
  return last % 2 === 0 ? text : `${text.slice(0, -1)}${last - 1}`;
}

/** Prints many numbers of so many decimals as `printed` does: those in [0, 1], of which few differ, each once. What follows each is there already. */
export function printer(decimals: number, after = ''): (value: number) => string {
  const scale = 10 ** decimals;
  if (scale > 1e4) return (value) => printed(value, decimals) + after;
  const texts: (string | undefined)[] = Array.from({ length: scale + 1 }, () => undefined);
  return (value) => {
    const scaled = value * scale;
    const nearest = Math.round(scaled);
    // the product is off by far less than what is left to the middle
    if (!(value > 0 && value <= 1 && Math.abs(scaled - nearest) < 0.499))
      return printed(value, decimals) + after;
    return (texts[nearest] ??= printed(value, decimals) + after);
  };
}
