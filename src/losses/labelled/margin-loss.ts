import type { MarginGradients, MarginLabelled } from '../../core/batches.ts';
import {
  checkEqual,
  checkFinite,
  checkLabels,
  checkNonNegative,
  checkOneOf,
  checkWhole,
} from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import type { PairGeometry } from '../../kernels/kernels.ts';
import { ACTIVE_REDUCTIONS, shareOfActive, type ActiveReduction } from '../loss.ts';
import { promised, type PromisedLoss } from '../promised.ts';
import { checkLabelledAlone, GEOMETRIES, pairsOf } from './labelled-pairs.ts';

export interface MarginLossOptions {
  /** How far a positive must be on one side of beta and a negative on the other. @default 0.2 */
  readonly margin?: number;
  /** The distance that divides near from far, where the batch has none that is learned. @default 1.2 */
  readonly beta?: number;
  /** What a learned beta costs. @default 0 */
  readonly nu?: number;
  /** 'chord' is the euclidean distance of unit rows; of similarities the hinges are the other way round. @default 'chord' */
  readonly geometry?: PairGeometry;
  /** Over the triplets, or with 'active' over their hinges above zero, two a triplet (pytorch-metric-learning). @default 'active' */
  readonly reduction?: ActiveReduction;
}

/**
 * max(0, d(a, p) - β + margin) + max(0, β - d(a, n) + margin) over every (a, p, n) with label(a) = label(p) ≠ label(n) and a ≠ p: a hinge of
 * a pair is counted as often as there are rows to make it a triplet. β is the option, or the batch's `beta`: one, or one for each class.
 * A learned one costs ν β, once where there is one, and for each triplet its anchor's where there are several, reduced with the triplets.
 *
 * At least 0 but for a β below 0. No triplets: value 0 and zero gradients, also of beta. At the hinge itself the slope is 0, and so it is
 * along the distance of two rows that are the same. `terms` are summed by anchor, without what beta costs; `active` counts hinges.
 *
 * @throws RangeError if margin or nu is not a finite number >= 0, beta is not finite, an option is none of its names, labels do not match
 *   the rows or the classes of a learned beta, or an entry is not finite
 * @see Wu et al., "Sampling matters in deep embedding learning", 2017, eq. 7 and 8 (there over pairs)
 */
export function marginLoss({
  margin = 0.2,
  beta: fixed = 1.2,
  nu = 0,
  geometry = 'chord',
  reduction = 'active',
}: MarginLossOptions = {}): PromisedLoss<MarginLabelled, MarginGradients> {
  checkNonNegative('marginLoss', 'margin', margin);
  checkFinite('marginLoss', 'beta', fixed);
  checkNonNegative('marginLoss', 'nu', nu);
  checkOneOf('marginLoss', 'geometry', geometry, GEOMETRIES);
  checkOneOf('marginLoss', 'reduction', reduction, ACTIVE_REDUCTIONS);
  return promised((batch, into) => {
    checkLabelledAlone('marginLoss', batch);
    const { beta, labels, embeddings } = batch;
    if (beta !== undefined) checkBeta(beta, labels);
    const whichOf = (label: number): number => (beta !== undefined && beta.rows > 1 ? label : 0);
    const betas = Float64Array.from(labels, (label) => beta?.data[whichOf(label)] ?? fixed);
    const gradients = { embeddings: into.embeddings ?? matrix(embeddings.rows, embeddings.cols) };
    const pulls = new Float64Array(3 * embeddings.rows);
    return {
      pairs: [
        pairsOf(batch, geometry, reduction),
        { kind: 'margin', margin, betas },
        { anchors: gradients.embeddings, pulls },
      ],
      result({ value, terms, active }) {
        if (beta === undefined) return { value, terms, active, gradients };
        const triplets = tripletsOf(labels);
        const all = triplets.reduce((sum, count) => sum + count, 0);
        const share = shareOfActive(reduction, all, active);
        // once where there is one beta, and otherwise for each triplet its anchor's
        const costs = triplets.map(
          (count) => nu * (beta.rows > 1 ? share * count : all > 0 ? 1 / labels.length : 0),
        );
        const slopes = new Float64Array(beta.rows);
        labels.forEach((label, i) => (slopes[whichOf(label)] += costs[i] - pulls[3 * i] - pulls[3 * i + 1]));
        const learned = into.beta ?? matrix(beta.rows, 1);
        learned.data.set(slopes);
        return {
          value: costs.reduce((sum, cost, i) => sum + cost * betas[i], value),
          terms,
          active,
          gradients: { ...gradients, beta: learned },
        };
      },
    };
  });
}

/** How many triplets there are of each anchor. */
function tripletsOf(labels: Int32Array): Float64Array {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return Float64Array.from(labels, (label) => {
    const size = sizes.get(label) ?? 0;
    return (size - 1) * (labels.length - size);
  });
}

function checkBeta(beta: Matrix, labels: Int32Array): void {
  checkWhole('marginLoss', 'beta.rows', beta.rows, 1);
  checkEqual('marginLoss', 'beta.cols', beta.cols, 1);
  checkFiniteRows('marginLoss', 'beta', beta);
  if (beta.rows !== 1) checkLabels('marginLoss', 'labels', labels, beta.rows);
}
