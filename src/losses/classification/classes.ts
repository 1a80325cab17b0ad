import type { Logits } from '../../core/batches.ts';
import { checkEqual, checkLabels, checkNonNegative } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';

/**
 * What each class or column weighs, for the kernels: a copy.
 *
 * @throws RangeError if one is not a finite number >= 0
 */
export function checkedWeights(where: string, name: string, weights: ArrayLike<number>): Float32Array {
  for (let c = 0; c < weights.length; c++) checkNonNegative(where, `${name}[${c}]`, weights[c]);
  return Float32Array.from(weights);
}

/**
 * What the labels that are not ignored weigh together.
 *
 * @throws RangeError if there is not one a row, or one is neither a class nor ignored
 */
export function weightOf(
  where: string,
  labels: Int32Array,
  { rows, cols: classes }: Matrix,
  weights?: Float32Array,
  ignored?: number,
): number {
  checkEqual(where, 'labels.length', labels.length, rows);
  checkLabels(where, 'labels', labels, classes, ignored);
  let weight = 0;
  for (const label of labels) if (label !== ignored) weight += weights?.[label] ?? 1;
  return weight;
}

/** @throws RangeError if the shares are of another shape, or one is outside [0, 1] */
export function checkShares(where: string, targets: Matrix, { rows, cols }: Matrix): void {
  checkEqual(where, 'targets.rows', targets.rows, rows);
  checkEqual(where, 'targets.cols', targets.cols, cols);
  checkRowsBetween(where, 'targets', targets, [0, 1]);
}

/** What a batch of logits is held to, checked. */
export function checkHeld(where: string, { logits, labels, targets }: Logits): void {
  if (labels === undefined) checkShares(where, targets, logits);
  else weightOf(where, labels, logits);
}

/** Calls with each class a row has a share in, of labels that one; all have `leak` more, where there is any. */
export function eachShare(
  { logits, labels, targets }: Logits,
  visit: (i: number, c: number, share: number) => void,
  leak = 0,
): void {
  for (let i = 0; i < logits.rows; i++) {
    if (labels !== undefined && leak === 0) {
      visit(i, labels[i], 1);
      continue;
    }
    for (let c = 0; c < logits.cols; c++) {
      const share =
        leak + (labels === undefined ? targets.data[i * logits.cols + c] : Number(c === labels[i]));
      if (share > 0) visit(i, c, share);
    }
  }
}

/** 1 for each row's class, 0 elsewhere. */
export function oneHot(labels: Int32Array, classes: number): Matrix {
  const shares = matrix(labels.length, classes);
  labels.forEach((label, i) => (shares.data[i * classes + label] = 1));
  return shares;
}
