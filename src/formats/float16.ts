/** The value of each of the 65,536 bit patterns of IEEE 754 binary16, NaN and the infinities among them. */
export const float16Values = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits < 0x8000 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  // subnormals count in units of 2⁻²⁴
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
});

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/**
 * The bits of the float16 nearest to a float32, ties to even.
 *
 * From 65520 on the nearest is an infinity; NaN becomes the quiet NaN.
 */
export function float16Bits(value: number): number {
  float[0] = value;
  const sign = (floatBits[0] >>> 16) & 0x8000;
  const magnitude = floatBits[0] & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // below 2⁻¹⁴; the last bit of a float32 in [0.5, 1) is 2⁻²⁴, so that adding 0.5 rounds to a subnormal
    float[0] = Math.abs(float[0]) + 0.5;
    return sign | (floatBits[0] - 0x3f000000);
  }
  // 13 fewer bits of fraction, and exponents count from 15 instead of 127; a carry out of the fraction is right
  const half = 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((magnitude - (112 << 23) + half) >>> 13);
}
