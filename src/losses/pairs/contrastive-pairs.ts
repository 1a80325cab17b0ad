import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkNonNegative } from '../../core/check.ts';
import { cosine } from '../../distances/cosine.ts';
import type { RowDistance } from '../../distances/distance.ts';
import type { Loss, Reduction } from '../loss.ts';
import { eachPair, SHARES } from './scored-pairs.ts';

export interface ContrastivePairsOptions {
  /** How far apart rows that do not belong together must be, in units of `distance`. @default 0.5 */
  readonly margin?: number;
  /** @default cosine */
  readonly distance?: RowDistance;
  /** @default 'mean' over the pairs */
  readonly reduction?: Reduction;
}

/**
 * (y d(l, r)² + (1 - y) max(0, margin - d(l, r))²) / 2 for target y: 1 where the rows belong together, 0 where they do not; one
 * term a pair.
 *
 * At least 0. The slope at the margin has no step. No pairs: value 0. Coinciding rows that do not belong together have the
 * largest term and, by `euclidean`, no direction to leave in: sentence-transformers' distances, `lp({ p: 2, eps: 1e-6 })` and
 * `lp({ p: 1, eps: 1e-6 })`, give them one.
 *
 * @throws RangeError if margin is not a finite number >= 0, a target is outside [0, 1], the shapes differ or an entry is not
 * finite
 * @see Hadsell et al., "Dimensionality reduction by learning an invariant mapping", 2006, eq. 4; sentence-transformers' ContrastiveLoss
 */
export function contrastivePairs({
  margin = 0.5,
  distance = cosine,
  reduction = 'mean',
}: ContrastivePairsOptions = {}): Loss<ScoredPairs, ScoredPairGradients> {
  checkNonNegative('contrastivePairs', 'margin', margin);
  return eachPair('contrastivePairs', {
    distance,
    targets: SHARES,
    termOf(d, y) {
      const violation = Math.max(0, margin - d);
      return [(y * d * d + (1 - y) * violation * violation) / 2, y * d - (1 - y) * violation];
    },
    reduction,
  });
}
