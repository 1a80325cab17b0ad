import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';
import { elementwise } from '../elementwise.ts';
import { shareOf, type Loss } from '../loss.ts';

export interface KlDivergenceOptions {
  /** Whether targets are logarithms, as predictions are. @default false */
  readonly logTargets?: boolean;
  /**
   * What the terms' sum is divided by: the rows, all entries (torch's default, which is no divergence of anything), or nothing.
   *
   * @default 'batchMean'
   */
  readonly reduction?: 'batchMean' | 'mean' | 'sum';
  /** Whether the result lists its terms, one an entry, row by row: as much memory as the gradient. @default false */
  readonly listTerms?: boolean;
}

/**
 * q (log q - log p) for logarithms log p, the predictions, and shares q, the targets, or their logarithms: one term an entry, which
 * add up to the Kullback-Leibler divergence of p from q row by row.
 *
 * A row of two distributions sums to at least 0, and to 0 where they are equal; single terms have either sign, and `active`
 * counts those above 0. A share of 0 has no term and no slope: the targets' slope there, minus infinity, is given as 0. Slope
 * along log p: -q. No rows: value 0. The gradients may be written over the predictions and the targets.
 *
 * @throws RangeError if a share is below 0 or its logarithm above 88, past which float32 has no number for it, reduction is
 * none of its names, the shapes differ or a number is not finite
 * @see Kullback and Leibler, "On information and sufficiency", 1951; torch's kl_div
 */
export function klDivergence({
  logTargets = false,
  reduction = 'batchMean',
  listTerms,
}: KlDivergenceOptions = {}): Loss<Targets, TargetGradients> {
  const where = 'klDivergence';
  checkOneOf(where, 'reduction', reduction, ['batchMean', 'mean', 'sum']);
  const kind = logTargets ? 'klDivergenceOfLogs' : 'klDivergence';
  const loss =
    reduction === 'batchMean'
      ? elementwise(where, { kind, share: (rows) => shareOf('mean', rows) }, { listTerms })
      : elementwise(where, { kind }, { reduction, listTerms });
  return (batch, into) => {
    if (logTargets) checkRowsBetween(where, 'targets', batch.targets, [-Infinity, 88], 'at most 88');
    else checkRowsBetween(where, 'targets', batch.targets, [0, Infinity], 'at least 0');
    return loss(batch, into);
  };
}
