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
  const columns = Array.from({ length: cols }, (_, k) => values.filter((_, e) => e % cols === k));
  const sums = new Float64Array(resamples * cols);
  for (let b = 0, since = 0; b < resamples; b++, since += rows) {
    times.fill(0);
    for (let draw = 0; draw < rows; draw++) times[below(rows)]++;
    sums.set(totals(columns, times), b * cols);
    if (since < PIECE) continue;
    since = 0;
    yield;
  }
  return sums;
}

/** The sum of each column, of which each number counts so many times. (To add them up as they are drawn would be to look for each anew.) */
function totals(columns: readonly Float64Array[], times: Uint32Array): readonly number[] {
  const WIDTH = 4;
  const sums: number[] = [];
  for (let at = 0; at < columns.length; at += WIDTH) {
    // side by side, since each sum waits for its last addition
    const [a, b = a, c = a, d = a] = columns.slice(at, at + WIDTH);
    let [ofA, ofB, ofC, ofD] = [0, 0, 0, 0];
    for (let i = 0; i < times.length; i++) {
      ofA += times[i] * a[i];
      ofB += times[i] * b[i];
      ofC += times[i] * c[i];
      ofD += times[i] * d[i];
    }
    sums.push(ofA, ofB, ofC, ofD);
  }
  return sums.slice(0, columns.length);
}
