/** log Σ exp(scale x) over the numbered entries; -Infinity where there are none. */
export function logSumExp(x: ArrayLike<number>, entries: Uint32Array, scale: number): number {
  let largest = -Infinity;
  for (const j of entries) largest = Math.max(largest, scale * x[j]);
  if (largest === -Infinity) return largest;
  let sum = 0;
  for (const j of entries) sum += Math.exp(scale * x[j] - largest);
  return largest + Math.log(sum);
}
