import { matrix, row, rowsBetween, type Matrix } from '../../core/matrix.ts';
import type { LossTerms, PairGradients, PairSoftmax } from '../kernels.ts';
import { dots, timesTransposed, transposed } from './products.ts';

/** Anchors taken at a time: memory is BLOCK × candidates, never rows × rows. */
const BLOCK = 64;

/**
 * term_i = -log( exp(s_ii) / Σ_j exp(s_ij) ) with s_ij = scale · a_i · b_j and j over the candidates of anchor i; both
 * ways, the mean of that and of the same over the anchors of positive i.
 *
 * A block of S = A Bᵀ becomes the weights W = dL/dS; then dA += W B and dB += Wᵀ A.
 */
export function infoNce(
  input: PairSoftmax,
  gradients: PairGradients,
): LossTerms & { readonly scale: number } {
  const { anchors, positives, negatives, offsets, scale, upstream } = input;
  const { rows } = anchors;
  const shared = negatives !== undefined && offsets === undefined ? negatives : undefined;
  const own = offsets === undefined ? undefined : negatives;
  const columns = input.bothWays ? columnSoftmax(input) : undefined;
  const [positivesByColumn, sharedByColumn] = [transposed(positives), shared && transposed(shared)];
  for (const gradient of [gradients.anchors, gradients.positives, gradients.negatives])
    gradient?.data.fill(0);

  const terms = new Float32Array(rows);
  let [sum, active, scaleGradient] = [0, 0, 0];
  for (let start = 0; start < rows; start += BLOCK) {
    const block = rowsBetween(anchors, start, Math.min(start + BLOCK, rows));
    const dBlock = rowsBetween(gradients.anchors, start, start + block.rows);
    const inBatch = dotsOf(block, positives);
    const outOfBatch = shared && dotsOf(block, shared);
    const weights = matrix(block.rows, rows);
    const sharedWeights = shared && matrix(block.rows, shared.rows);

    for (let b = 0; b < block.rows; b++) {
      const i = start + b;
      const [from, to] = offsets === undefined ? [0, shared?.rows ?? 0] : [offsets[i], offsets[i + 1]];
      const similarities = new Float64Array(rows + to - from);
      similarities.set(inBatch.subarray(b * rows, (b + 1) * rows));
      if (outOfBatch !== undefined) similarities.set(outOfBatch.subarray(b * to, (b + 1) * to), rows);
      if (own !== undefined)
        dots(rowsBetween(block, b, b + 1), rowsBetween(own, from, to), similarities.subarray(rows));

      const logits = similarities.map((similarity) => scale * similarity);
      leaveOut(logits, input, i, from);
      const rowTerm = softmaxInPlace(logits, i);
      const term = columns === undefined ? rowTerm : (rowTerm + columns.terms[i]) / 2;
      if (columns !== undefined) {
        for (let j = 0; j < logits.length; j++) logits[j] /= 2;
        for (let j = 0; j < rows; j++) {
          if (i === j) logits[j] -= columns.negativeShare[j] / 2;
          else if (!masked(input, i, j))
            logits[j] += Math.exp(scale * similarities[j] - columns.logSums[j]) / 2;
        }
      }

      const weight = logits;
      terms[i] = term;
      sum += term;
      if (term > 0) active++;
      for (let j = 0; j < weight.length; j++) {
        weight[j] *= upstream;
        scaleGradient += weight[j] * similarities[j];
        weight[j] *= scale;
      }
      row(weights, b).set(weight.subarray(0, rows));
      if (sharedWeights !== undefined) row(sharedWeights, b).set(weight.subarray(rows));
      if (own !== undefined && gradients.negatives !== undefined) {
        for (let t = from; t < to; t++) {
          addScaled(row(dBlock, b), row(own, t), weight[rows + t - from]);
          addScaled(row(gradients.negatives, t), row(block, b), weight[rows + t - from]);
        }
      }
    }

    const blockByColumn = transposed(block);
    add(dBlock, timesTransposed(weights, positivesByColumn));
    add(gradients.positives, timesTransposed(transposed(weights), blockByColumn));
    if (sharedWeights !== undefined && sharedByColumn !== undefined && gradients.negatives !== undefined) {
      add(dBlock, timesTransposed(sharedWeights, sharedByColumn));
      add(gradients.negatives, timesTransposed(transposed(sharedWeights), blockByColumn));
    }
  }
  return { value: upstream * sum, terms, active, scale: scaleGradient };
}

/** Turns one anchor's logits into d term / d logits, in place; a masked one is -Infinity. */
function softmaxInPlace(logits: Float64Array, target: number): number {
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  let negativeSum = 0;
  const positive = Math.exp(logits[target] - largest);
  const shift = largest - logits[target];
  for (let j = 0; j < logits.length; j++) {
    logits[j] = Math.exp(logits[j] - largest);
    if (j !== target) negativeSum += logits[j];
  }
  const total = positive + negativeSum;
  for (let j = 0; j < logits.length; j++) logits[j] /= total;
  // minus the sum of the negatives' weights: p - 1 would be all rounding where the fit is good
  logits[target] = -negativeSum / total;
  return logOfSum(shift, positive, negativeSum);
}

/** shift + log(positive + negatives), where positive is exp(-shift): exact also where the negatives are tiny. */
function logOfSum(shift: number, positive: number, negatives: number): number {
  return shift === 0 ? Math.log1p(negatives) : shift + Math.log(positive + negatives);
}

interface ColumnSoftmax {
  readonly terms: Float64Array;
  readonly logSums: Float64Array;
  /** what share of its softmax a positive gives to other anchors than its own */
  readonly negativeShare: Float64Array;
}

/** The softmax of every positive over the anchors, in one pass over S. */
function columnSoftmax(input: PairSoftmax): ColumnSoftmax {
  const { anchors, positives, scale } = input;
  const { rows } = anchors;
  const targets = new Float64Array(rows);
  for (let j = 0; j < rows; j++) {
    dots(rowsBetween(anchors, j, j + 1), rowsBetween(positives, j, j + 1), targets.subarray(j, j + 1));
    targets[j] *= scale;
  }
  const largest = targets.slice();
  const negativeSums = new Float64Array(rows);
  for (let start = 0; start < rows; start += BLOCK) {
    const block = rowsBetween(anchors, start, Math.min(start + BLOCK, rows));
    const similarities = dotsOf(block, positives);
    for (let i = start; i < start + block.rows; i++) {
      for (let j = 0; j < rows; j++) {
        if (i === j || masked(input, i, j)) continue;
        const logit = scale * similarities[(i - start) * rows + j];
        if (logit > largest[j]) {
          negativeSums[j] *= Math.exp(largest[j] - logit);
          largest[j] = logit;
        }
        negativeSums[j] += Math.exp(logit - largest[j]);
      }
    }
  }
  const totals = negativeSums.map((negatives, j) => Math.exp(targets[j] - largest[j]) + negatives);
  return {
    terms: negativeSums.map((negatives, j) =>
      logOfSum(largest[j] - targets[j], Math.exp(targets[j] - largest[j]), negatives),
    ),
    logSums: totals.map((total, j) => largest[j] + Math.log(total)),
    negativeShare: negativeSums.map((negatives, j) => negatives / totals[j]),
  };
}

function masked({ masks, dropped }: PairSoftmax, i: number, j: number): boolean {
  for (const { items } of masks) if (items[i] === items[j]) return true;
  if (dropped === undefined) return false;
  for (let e = dropped.offsets[i]; e < dropped.offsets[i + 1]; e++) if (dropped.ids[e] === j) return true;
  return false;
}

/** Takes what is no candidate of anchor i out of its softmax; the negatives it meets start at number `firstNegative`. */
function leaveOut(logits: Float64Array, input: PairSoftmax, i: number, firstNegative: number): void {
  const { anchors, masks, dropped } = input;
  const { rows } = anchors;
  for (const { items, negatives } of masks) {
    for (let j = 0; j < rows; j++) if (j !== i && items[j] === items[i]) logits[j] = -Infinity;
    if (negatives === undefined) continue;
    for (let j = rows; j < logits.length; j++) {
      if (negatives[firstNegative + j - rows] === items[i]) logits[j] = -Infinity;
    }
  }
  if (dropped === undefined) return;
  for (let e = dropped.offsets[i]; e < dropped.offsets[i + 1]; e++) {
    const candidate = dropped.ids[e];
    const j = candidate < rows ? candidate : candidate - firstNegative;
    if (j !== i && (candidate < rows || j >= rows) && j < logits.length) logits[j] = -Infinity;
  }
}

function dotsOf(a: Matrix, b: Matrix): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  dots(a, b, out);
  return out;
}

function add(to: Matrix, from: Matrix): void {
  addScaled(to.data, from.data, 1);
}

function addScaled(to: Float32Array, from: Float32Array, weight: number): void {
  for (let e = 0; e < to.length; e++) to[e] += weight * from[e];
}
