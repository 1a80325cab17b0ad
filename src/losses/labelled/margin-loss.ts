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
import { farther } from '../../kernels/pair-geometry.ts';
import type { Loss } from '../loss.ts';
import { ANCHOR_REDUCTIONS, checkLabelledAlone, pairShare, type AnchorReduction } from './anchor-loss.ts';
import { overAnchors } from './anchor-rows.ts';
import { GEOMETRIES } from './labelled-pairs.ts';
import { minedRelatives, tripletsByAnchor } from './mined.ts';

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
  readonly reduction?: AnchorReduction;
}

/**
 * max(0, d(a, p) - β + margin) + max(0, β - d(a, n) + margin) over every (a, p, n) with label(a) = label(p) ≠ label(n) and a ≠ p: a hinge of
 * a pair is counted as often as there are rows to make it a triplet, of mined triplets as often as it is in one. β is the option, or the batch's `beta`: one, or one for each class.
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
}: MarginLossOptions = {}): Loss<MarginLabelled, MarginGradients> {
  checkNonNegative('marginLoss', 'margin', margin);
  checkFinite('marginLoss', 'beta', fixed);
  checkNonNegative('marginLoss', 'nu', nu);
  checkOneOf('marginLoss', 'geometry', geometry, GEOMETRIES);
  checkOneOf('marginLoss', 'reduction', reduction, ANCHOR_REDUCTIONS);
  const away = farther(geometry);
  const nearer = away === 1 ? -1 : 1;
  return (batch, into = {}) => {
    checkLabelledAlone('marginLoss', batch);
    const { beta, labels, embeddings } = batch;
    if (beta !== undefined) checkBeta(beta, labels);
    const several = beta !== undefined && beta.rows > 1;
    const terms = new Float32Array(embeddings.rows);
    const dBeta = new Float64Array(several ? beta.rows : 1);
    let [sum, cost, triplets, active] = [0, 0, 0, 0];
    const listed = batch.triplets && tripletsByAnchor(batch.triplets, embeddings.rows);
    const rows = { ...batch, mined: listed ?? minedRelatives('marginLoss', batch) };
    const gradient = overAnchors(rows, geometry, ({ row: a, x, positives, negatives, slopes }) => {
      const which = several ? labels[a] : 0;
      const boundary = beta === undefined ? fixed : beta.data[which];
      let [term, push] = [0, 0];
      // each hinge is in as many triplets as there are rows of the other kind; of mined triplets it stands once for each it is in
      const hinges = (rows: Uint32Array, side: 1 | -1, triplets: number): void => {
        for (const j of rows) {
          const excess = side * (x[j] - boundary) + margin;
          if (excess <= 0) continue;
          term += triplets * excess;
          active += triplets;
          slopes[j] += triplets * side;
          push -= triplets * side;
        }
      };
      const [perPositive, perNegative] = listed ? [1, 1] : [negatives.length, positives.length];
      const count = positives.length * perPositive;
      hinges(positives, away, perPositive);
      hinges(negatives, nearer, perNegative);
      dBeta[which] += push;
      terms[a] = term;
      sum += term;
      triplets += count;
      if (several) {
        cost += nu * boundary * count;
        dBeta[which] += nu * count;
      }
    });
    const share = pairShare(reduction, triplets, active);
    const gradients = { embeddings: gradient(share, into.embeddings) };
    const value = share * (sum + cost);
    if (beta === undefined) return { value, terms, active, gradients };
    const once = several || triplets === 0 ? 0 : nu;
    const learned = into.beta ?? matrix(beta.rows, 1);
    dBeta.forEach((slope, c) => (learned.data[c] = share * slope + once));
    return {
      value: value + once * beta.data[0],
      terms,
      active,
      gradients: { ...gradients, beta: learned },
    };
  };
}

function checkBeta(beta: Matrix, labels: Int32Array): void {
  checkWhole('marginLoss', 'beta.rows', beta.rows, 1);
  checkEqual('marginLoss', 'beta.cols', beta.cols, 1);
  checkFiniteRows('marginLoss', 'beta', beta);
  if (beta.rows !== 1) checkLabels('marginLoss', 'labels', labels, beta.rows);
}
