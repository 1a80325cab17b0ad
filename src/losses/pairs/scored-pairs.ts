import type { ScoredPairGradients, ScoredPairs } from '../../core/batches.ts';
import { checkEqual, checkOneOf, refuse } from '../../core/check.ts';
import { checkBeside } from '../../distances/check-beside.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { rowDistances } from '../../distances/row-distances.ts';
import { distanceTerms } from '../distance-terms.ts';
import { REDUCTIONS, type Loss, type Reduction } from '../loss.ts';

/** What the targets of a loss are, in words and as a question. */
export interface TargetKind {
  readonly must: string;
  fits(target: number): boolean;
}

export const SCORES: TargetKind = { must: 'a finite number', fits: Number.isFinite };
export const SIGNS: TargetKind = { must: '1 or -1', fits: (target) => target === 1 || target === -1 };
export const LABELS: TargetKind = { must: '1 or 0', fits: (target) => target === 1 || target === 0 };
export const SHARES: TargetKind = { must: 'in [0, 1]', fits: (target) => target >= 0 && target <= 1 };

export function checkScoredPairs(where: string, pairs: ScoredPairs, { must, fits }: TargetKind): void {
  const { left, targets } = pairs;
  checkBeside(where, pairs);
  checkEqual(where, 'targets.length', targets.length, left.rows);
  const wrong = targets.findIndex((target) => !fits(target));
  if (wrong >= 0) refuse(where, `targets[${wrong}] must be ${must}`, targets[wrong]);
}

interface EachPair {
  readonly distance: RowDistance;
  readonly targets: TargetKind;
  /** The term of a pair of this distance and target, and its slope along the distance. */
  termOf(distance: number, target: number): readonly [term: number, slope: number];
  readonly reduction: Reduction;
}

/** A loss that has one term a pair, which is of its rows' distance and its target. */
export function eachPair(
  where: string,
  { distance, targets: kind, termOf, reduction }: EachPair,
): Loss<ScoredPairs, ScoredPairGradients> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return (pairs, into) => {
    checkScoredPairs(where, pairs, kind);
    const distances = rowDistances(distance, pairs);
    const { slopes, ...result } = distanceTerms(
      distances.value,
      (d, i) => termOf(d, pairs.targets[i]),
      reduction,
    );
    return { ...result, gradients: distances.backward(slopes, into) };
  };
}
