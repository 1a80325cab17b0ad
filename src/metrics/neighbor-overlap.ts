import { checkEqual, checkRowNumbers, checkWhole, refuse } from '../core/check.ts';
import { gather, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

export interface NeighborOverlapOptions {
  /** Neighbors of each. @default 10 */
  readonly k?: number;
  /** numbers of the rows whose neighbors are looked for, among all rows. @default all */
  readonly of?: Uint32Array;
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * Of each row the share of its k nearest others that are so in both of two embeddings of the same items: one value a row, whose mean says how
 * much a search would return what it did before.
 *
 * In [0, 1]; k / (rows - 1) on average where the two have nothing in common. The two may differ in columns. Equal scores go by row; NaN where
 * there is no other row.
 *
 * @throws RangeError if the rows differ in number, k is not a whole number >= 1, `of` names no row, or an entry is not finite
 * @see Wendlandt, Kummerfeld and Mihalcea, "Factors influencing the surprising instability of word embeddings", 2018
 */
export async function neighborOverlap(
  before: Matrix,
  after: Matrix,
  { k = 10, of, distance = cosine }: NeighborOverlapOptions = {},
): Promise<Float64Array> {
  checkEqual('neighborOverlap', 'after.rows', after.rows, before.rows);
  checkWhole('neighborOverlap', 'k', k, 1);
  const rows = of ?? Uint32Array.from({ length: before.rows }, (_, i) => i);
  checkRowNumbers('neighborOverlap', 'of', rows, before.rows);
  if (before.cols === 0 || after.cols === 0) refuse('neighborOverlap', 'rows must have a column', 'none');
  checkFiniteRows('neighborOverlap', 'before', before);
  checkFiniteRows('neighborOverlap', 'after', after);
  const most = Math.min(k, before.rows - 1);
  if (most < 1) return new Float64Array(rows.length).fill(NaN);
  const [first, second] = [
    await nearestOthers(before, rows, most, distance),
    await nearestOthers(after, rows, most, distance),
  ];
  return Float64Array.from(rows, (_, q) => {
    const known = new Set(first.subarray(q * most, (q + 1) * most));
    return second.subarray(q * most, (q + 1) * most).filter((row) => known.has(row)).length / most;
  });
}

/** of × k; the rows nearest to each of some, themselves left out. */
export async function nearestOthers(
  rows: Matrix,
  of: Uint32Array,
  k: number,
  distance: Distance,
): Promise<Uint32Array> {
  const ids = Uint32Array.from({ length: rows.rows }, (_, i) => i);
  const offsets = Uint32Array.from({ length: of.length + 1 }, (_, q) => q);
  const found = await kernels.later.topK(gather(rows, of), { rows, ids }, k, {
    similarity: distance.similarity,
    exclude: { perQuery: { offsets, ids: of } },
  });
  return found.rows;
}
