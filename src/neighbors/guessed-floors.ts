import { type Matrix, matrix, rowsBetween } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import type { Similarity } from '../kernels/kernels.ts';
import type { RowSource } from './chunks.ts';

/** How many of the k best a sample is to have, if it is like the rest, and how few are enough to guess from. */
const [EXPECTED, FEW] = [50, 5];
/** Numbers of a sample: 16 MiB. */
const MOST = 2 ** 22;
/** Rows of a sample that follow one another. */
const RUN = 4;

export interface GuessOptions {
  readonly similarity: Similarity;
  readonly encode: (rows: Matrix) => Matrix;
}

/**
 * A score that the k best rows of each query are likely to reach, by a sample of rows that is drawn evenly: a search that passes over
 * what scores less has found the k best if it found k. So it need not keep, and score again, what is among the best of the first rows
 * alone. undefined where so many rows would have to be drawn that it is not worth it.
 */
export async function guessedFloors(
  source: RowSource,
  queries: Matrix,
  k: number,
  { similarity, encode }: GuessOptions,
): Promise<Float32Array | undefined> {
  const most = Math.min((EXPECTED * source.rows) / k, MOST / source.cols);
  const runs = Math.ceil(most / RUN);
  const expected = (k * runs * RUN) / source.rows;
  if (source.rows < 8 * k || 10 * runs * RUN > source.rows || expected < FEW) return undefined;
  const sample = matrix(runs * RUN, source.cols);
  for (let run = 0; run < runs; run++) {
    const first = Math.floor((run * (source.rows - RUN)) / runs);
    await source.read(rowsBetween(sample, run * RUN, (run + 1) * RUN), first);
  }
  const rows = encode(sample);
  const ids = Uint32Array.from({ length: rows.rows }, (_, i) => i);
  // six standard deviations more, and a few
  const rank = Math.ceil(expected + 6 * Math.sqrt(expected)) + 3;
  const { scores } = await kernels.later.topK(queries, { rows, ids }, rank, { similarity });
  return Float32Array.from({ length: queries.rows }, (_, q) => scores[q * rank + rank - 1]);
}
