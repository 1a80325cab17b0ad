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
