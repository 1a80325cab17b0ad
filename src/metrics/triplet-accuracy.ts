import { checkEqual, checkFinite } from '../core/check.ts';
import { row, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

export interface TripletAccuracyOptions {
  /** @default cosine */
  readonly distance?: RowDistance;
  /** How much nearer the positive must be, in units of `distance`. @default 0 */
  readonly margin?: number;
}

/**
 * 1 where d(a, p) + margin < d(a, n), and 0 elsewhere, of the rows that stand beside one another: one value a triplet, whose mean is the
 * triplet accuracy. Equally far is a miss.
 *
 * @throws RangeError if the shapes differ, an entry is not finite or margin is not finite
 * @see sentence-transformers' TripletEvaluator
 */
export function tripletAccuracy(
  { anchors, positives, negatives }: Readonly<Record<'anchors' | 'positives' | 'negatives', Matrix>>,
  { distance = cosine, margin = 0 }: TripletAccuracyOptions = {},
): Float64Array {
  checkFinite('tripletAccuracy', 'margin', margin);
  for (const [name, rows] of Object.entries({ anchors, positives, negatives })) {
    checkEqual('tripletAccuracy', `${name}.rows`, rows.rows, anchors.rows);
    checkEqual('tripletAccuracy', `${name}.cols`, rows.cols, anchors.cols);
    checkFiniteRows('tripletAccuracy', name, rows);
  }
  return Float64Array.from({ length: anchors.rows }, (_, t) => {
    const [a, p, n] = [anchors, positives, negatives].map((rows) => row(rows, t));
    return Number(distance.between(a, p) + margin < distance.between(a, n));
  });
}
