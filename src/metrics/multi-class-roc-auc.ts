import { checkOneOf } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { checkClasses, softmaxColumns } from './class-probabilities.ts';
import { rocAuc } from './roc.ts';

export interface MultiClassRocAucOptions {
  /** Each class against all others, or each pair of classes by itself. @default 'oneVsRest' */
  readonly compare?: 'oneVsRest' | 'oneVsOne';
  /** Whether classes count the same, or by how many rows they have. @default 'macro' */
  readonly average?: 'macro' | 'weighted';
}

/**
 * The mean area under the ROC curves of the classes' softmax probabilities. Of a pair of classes, only its rows are looked at, and
 * either class takes its turn as the positive one.
 *
 * In [0, 1], chance is 0.5; NaN where a class has no rows, or all.
 *
 * @throws RangeError if the shapes do not fit, a logit is not finite or a label is no class
 * @see Provost and Domingos, "Well-trained PETs", 2000 (one against the rest); Hand and Till, 2001 (one against one); scikit-learn's roc_auc_score
 */
export function multiClassRocAuc(
  logits: Matrix,
  labels: ArrayLike<number>,
  { compare = 'oneVsRest', average = 'macro' }: MultiClassRocAucOptions = {},
): number {
  checkOneOf('multiClassRocAuc', 'compare', compare, ['oneVsRest', 'oneVsOne']);
  checkOneOf('multiClassRocAuc', 'average', average, ['macro', 'weighted']);
  checkClasses('multiClassRocAuc', logits, labels);
  const probabilities = softmaxColumns(logits);
  const rows = Array.from(probabilities, (_, c) => isClass(c, labels).reduce((sum, is) => sum + is, 0));
  const areas =
    compare === 'oneVsRest' ? onesVsRest(probabilities, labels) : onesVsOnes(probabilities, labels);
  let [sum, weights] = [0, 0];
  for (const { area, classes } of areas) {
    const weight = average === 'macro' ? 1 : classes.reduce((all, c) => all + rows[c], 0);
    sum += weight * area;
    weights += weight;
  }
  return sum / weights;
}

interface Area {
  readonly area: number;
  readonly classes: readonly number[];
}

function onesVsRest(probabilities: readonly Float64Array[], labels: ArrayLike<number>): Area[] {
  return probabilities.map((ofClass, c) => ({ area: rocAuc(ofClass, isClass(c, labels)), classes: [c] }));
}

function onesVsOnes(probabilities: readonly Float64Array[], labels: ArrayLike<number>): Area[] {
  return probabilities.flatMap((_, a) =>
    Array.from({ length: a }, (__, b) => {
      const either = (___: number, i: number): boolean => labels[i] === a || labels[i] === b;
      const areaOf = (c: number) =>
        rocAuc(probabilities[c].filter(either), isClass(c, labels).filter(either));
      return { area: (areaOf(a) + areaOf(b)) / 2, classes: [a, b] };
    }),
  );
}

function isClass(c: number, labels: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(labels, (label) => Number(label === c));
}
