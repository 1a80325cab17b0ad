import { pauses } from '../../core/patience.ts';
import { random } from '../../core/random.ts';

/** Draws between two pauses. */
const PIECE = 1e6;

export function resample(values: Float64Array, cols: number, resamples: number, seed: number): Float64Array {
  const rest = resampled(values, cols, resamples, seed);
  for (;;) {
    const { done, value } = rest.next();
    if (done === true) return value;
  }
}

export async function resampleInPieces(
  values: Float64Array,
  cols: number,
  resamples: number,
  seed: number,
): Promise<Float64Array> {
  const rest = resampled(values, cols, resamples, seed);
  const pause = pauses();
  for (;;) {
    const { done, value } = rest.next();
    if (done === true) return value;
    await pause();
  }
}

function* resampled(
  values: Float64Array,
  cols: number,
  resamples: number,
  seed: number,
): Generator<void, Float64Array, void> {
  const rows = values.length / cols;
  const { below } = random(seed);
  const times = new Uint32Array(rows);
  const sums = new Float64Array(resamples * cols);
  for (let b = 0, since = 0; b < resamples; b++, since += rows) {
    times.fill(0);
    for (let draw = 0; draw < rows; draw++) times[below(rows)]++;
    for (let k = 0; k < cols; k++) sums[b * cols + k] = weighed(values, cols, k, times);
    if (since < PIECE) continue;
    since = 0;
    yield;
  }
  return sums;
}

/** The sum of a column of which each row counts so many times. (To add rows up as they are drawn would be to look for each anew.) */
function weighed(values: Float64Array, cols: number, k: number, times: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < times.length; i++) sum += times[i] * values[i * cols + k];
  return sum;
}
