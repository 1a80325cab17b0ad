const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Of ten, all exact. */
const POWERS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);

/** The number that bytes[start] … bytes[end - 1] write in decimal, correctly rounded; NaN where they do not. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  let mantissa = 0;
  let point = -1;
  let at = bytes[start] === 0x2d ? start + 1 : start;
  const digits = end - at;
  // up to 15 digits and the power of ten are exact in float64, so one division rounds once
  if (digits > 16) return slow(bytes, start, end);
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit >= 0 && digit <= 9) mantissa = 10 * mantissa + digit;
    else if (bytes[at] === 0x2e && point < 0) point = at;
    else return slow(bytes, start, end);
  }
  if (digits - (point < 0 ? 0 : 1) > 15 || digits === 0 || (digits === 1 && point >= 0)) {
    return slow(bytes, start, end);
  }
  const value = point < 0 ? mantissa : mantissa / POWERS[end - 1 - point];
  return bytes[start] === 0x2d ? -value : value;
}

function slow(bytes: Uint8Array, start: number, end: number): number {
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  return DECIMAL.test(text) ? Number(text) : NaN;
}
