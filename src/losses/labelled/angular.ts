import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkOneOf, refuse } from '../../core/check.ts';
import { matrix, row } from '../../core/matrix.ts';
import { logistic, softplus } from '../../core/softplus.ts';
import { innerProduct } from '../../core/products.ts';
import { kernels } from '../../kernels/active.ts';
import { ACTIVE_REDUCTIONS, shareOfActive, type ActiveReduction, type Loss } from '../loss.ts';
import { checkLabelledAlone } from './labelled-pairs.ts';
import { logSumExp } from './log-sum-exp.ts';

/** Positive pairs taken at a time: memory is BLOCK × rows and rows × dim. */
const BLOCK = 128;

export interface AngularOptions {
  /** The widest angle, in degrees, that a negative may see a positive pair under. @default 40 */
  readonly alpha?: number;
  /** Whether negatives are brought to unit length as anchors and positives are (the paper), or taken as they are (pytorch-metric-learning). @default 'unit' */
  readonly negatives?: 'unit' | 'raw';
  /** 'active' is over terms above zero. @default 'mean' over all positive pairs */
  readonly reduction?: ActiveReduction;
}

/**
 * log(1 + Σ_n exp(4 tan²α (a + p) · n - 2 (1 + tan²α) a · p)), one term for each positive of each anchor; n are the rows of other labels.
 *
 * Above 0; without rows of another label there are no terms. A zero row has inner product 0 with everything and no gradient but a raw
 * negative's. `terms` are summed by anchor.
 *
 * @throws RangeError if alpha is not between 0 and 90, an option is none of its names, labels do not match the rows, or an entry is not
 *   finite
 * @see Wang et al., "Deep metric learning with angular loss", 2017, eq. 8
 */
export function angular({ alpha = 40, negatives = 'unit', reduction = 'mean' }: AngularOptions = {}): Loss<
  Labelled,
  LabelledGradients
> {
  if (!(alpha > 0 && alpha < 90)) refuse('angular', 'alpha must be a number of degrees in (0, 90)', alpha);
  checkOneOf('angular', 'negatives', negatives, ['unit', 'raw']);
  checkOneOf('angular', 'reduction', reduction, ACTIVE_REDUCTIONS);
  const squaredTangent = Math.tan((alpha * Math.PI) / 180) ** 2;
  const [seen, apart] = [4 * squaredTangent, 2 * (1 + squaredTangent)];
  return (batch, into = {}) => {
    checkLabelledAlone('angular', batch);
    const { embeddings, labels } = batch;
    const { rows, cols } = embeddings;
    const normalized = kernels.normalize(embeddings);
    const { unit } = normalized;
    const candidates = negatives === 'unit' ? unit : embeddings;
    const ofUnit = new Float64Array(rows * cols);
    const ofCandidates = negatives === 'unit' ? ofUnit : new Float64Array(rows * cols);
    const terms = new Float64Array(rows);
    let [sum, counted, active] = [0, 0, 0];
    for (const pairs of positivePairs(labels)) {
      const sums = matrix(pairs.length, cols);
      pairs.forEach(([a, p], t) => addRows(row(sums, t), row(unit, a), row(unit, p)));
      const products = kernels.timesTransposed(sums, candidates);
      pairs.forEach(([a, p], t) => {
        const weights = row(products, t);
        const term = weigh(
          weights,
          othersThan(labels[a], labels),
          seen,
          -apart * innerProduct(row(unit, a), row(unit, p)),
        );
        // the pair is one of either row
        for (const i of [a, p]) terms[i] += term;
        sum += 2 * term;
        counted += 2;
        if (term > 0) active += 2;
        const all = weights.reduce((total, weight) => total + weight, 0);
        addScaled(ofUnit, a, row(unit, p), -2 * apart * all);
        addScaled(ofUnit, p, row(unit, a), -2 * apart * all);
      });
      const ofSums = kernels.times(products, candidates);
      pairs.forEach((pair, t) => {
        for (const i of pair) addScaled(ofUnit, i, row(ofSums, t), 2 * seen);
      });
      const toCandidates = kernels.transposedTimes(products, sums);
      for (let i = 0; i < rows; i++) addScaled(ofCandidates, i, row(toCandidates, i), 2 * seen);
    }
    const share = shareOfActive(reduction, counted, active);
    const gradient = into.embeddings ?? matrix(rows, cols);
    for (let e = 0; e < ofUnit.length; e++) gradient.data[e] = share * ofUnit[e];
    kernels.normalizeBackward(normalized, gradient, gradient);
    if (negatives === 'raw') {
      for (let e = 0; e < ofCandidates.length; e++) gradient.data[e] += share * ofCandidates[e];
    }
    return {
      value: share * sum,
      terms: Float32Array.from(terms),
      active,
      gradients: { embeddings: gradient },
    };
  };
}

type Pair = readonly [anchor: number, positive: number];

/** Every two rows of a label, each once, a block at a time; none where there is one label only. */
function* positivePairs(labels: Int32Array): Generator<readonly Pair[]> {
  if (labels.every((label) => label === labels[0])) return;
  let pairs: Pair[] = [];
  for (let a = 0; a < labels.length; a++) {
    for (let p = a + 1; p < labels.length; p++) {
      if (labels[p] !== labels[a]) continue;
      pairs.push([a, p]);
      if (pairs.length < BLOCK) continue;
      yield pairs;
      pairs = [];
    }
  }
  if (pairs.length > 0) yield pairs;
}

/** log(1 + Σ_n exp(scale s_n + shift)), and over s its slope along each logit. */
function weigh(s: Float32Array, negatives: Uint32Array, scale: number, shift: number): number {
  const far = logSumExp(s, negatives, scale) + shift;
  const weights = new Float32Array(s.length);
  for (const n of negatives) weights[n] = logistic(far) * Math.exp(scale * s[n] + shift - far);
  s.set(weights);
  return softplus(far);
}

/** The rows of other labels. */
function othersThan(label: number, labels: Int32Array): Uint32Array {
  const found: number[] = [];
  for (let j = 0; j < labels.length; j++) if (labels[j] !== label) found.push(j);
  return Uint32Array.from(found);
}

function addRows(out: Float32Array, x: Float32Array, y: Float32Array): void {
  for (let k = 0; k < out.length; k++) out[k] = x[k] + y[k];
}

function addScaled(total: Float64Array, i: number, values: Float32Array, factor: number): void {
  for (let k = 0; k < values.length; k++) total[i * values.length + k] += factor * values[k];
}
