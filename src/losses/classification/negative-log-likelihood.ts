import type { LogProbabilities, LogProbabilityGradients } from '../../core/batches.ts';
import { checkEqual, checkOneOf } from '../../core/check.ts';
import { matrix, row } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkedWeights, weightOf } from './classes.ts';

export interface NegativeLogLikelihoodOptions {
  /** Rows with this label have no loss and no gradient and do not count in the mean. @default -100 */
  readonly ignoreIndex?: number;
  /** What each class's term is multiplied by: one finite number >= 0 a class. @default 1 for all */
  readonly weight?: ArrayLike<number>;
  /** @default 'mean', which divides by the sum of the weights of the labels that are not ignored */
  readonly reduction?: Reduction;
}

/**
 * -w_y log p_y of each row's label y, one term a row. Of what `logSoftmax` gives this is `crossEntropy`, which is better at it.
 *
 * At least 0 where logarithms are of probabilities; nothing asks for that. Slope -w_y at the label, 0 elsewhere. All rows
 * ignored, or of weight 0: value 0 and zero gradients (torch gives NaN). The gradient may be written over the logarithms.
 *
 * @throws RangeError if weight is not a finite number >= 0 for each class, a label is neither a class nor ignoreIndex, or a
 * logarithm is not finite
 * @see Fisher, "On the mathematical foundations of theoretical statistics", 1922 (likelihood); torch's nll_loss
 */
export function negativeLogLikelihood({
  ignoreIndex = -100,
  weight,
  reduction = 'mean',
}: NegativeLogLikelihoodOptions = {}): Loss<LogProbabilities, LogProbabilityGradients> {
  const where = 'negativeLogLikelihood';
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  const weights = weight && checkedWeights(where, 'weight', weight);
  return ({ logProbabilities, labels }, into = {}) => {
    const { rows, cols } = logProbabilities;
    if (weights !== undefined) checkEqual(where, 'weight.length', weights.length, cols);
    const upstream = shareOf(reduction, weightOf(where, labels, logProbabilities, weights, ignoreIndex));
    checkFiniteRows(where, 'logProbabilities', logProbabilities);
    const gradient = into.logProbabilities ?? matrix(rows, cols);
    const terms = new Float32Array(rows);
    let [sum, active] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const [label, slopes] = [labels[i], row(gradient, i)];
      if (label === ignoreIndex) {
        slopes.fill(0);
        continue;
      }
      const w = weights?.[label] ?? 1;
      const term = -w * row(logProbabilities, i)[label];
      slopes.fill(0);
      slopes[label] = -upstream * w;
      terms[i] = term;
      sum += term;
      if (term > 0) active++;
    }
    return { value: upstream * sum, terms, active, gradients: { logProbabilities: gradient } };
  };
}
