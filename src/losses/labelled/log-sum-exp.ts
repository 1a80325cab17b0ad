/** log Σ exp(scale x) over the numbered entries; -Infinity where there are none. */
export function logSumExp(x: ArrayLike<number>, entries: Uint32Array, scale: number): number {
  let largest = -Infinity;
  for (const j of entries) largest = Math.max(largest, scale * x[j]);
  if (largest === -Infinity) return largest;
  let sum = 0;
  for (const j of entries) sum += Math.exp(scale * x[j] - largest);
  return largest + Math.log(sum);
}

/** log(1 + exp x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + exp -x), the slope of softplus. */
export function logistic(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x > 0 ? 1 / (1 + e) : e / (1 + e);
}
