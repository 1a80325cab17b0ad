import { checkBinary } from './check-scores.ts';

/** What stands at or above each distinct score, the highest first. */
export interface Cuts {
  /** the distinct scores */
  readonly scores: Float64Array;
  /** rows of label 1 with this score or a higher one */
  readonly truePositives: Float64Array;
  /** rows of label 0 with this score or a higher one */
  readonly falsePositives: Float64Array;
  /** all rows of label 1 */
  readonly positives: number;
  /** all rows of label 0 */
  readonly negatives: number;
}

/** Rows of equal score stand on one side of every threshold, and so on one side of every cut. */
export function cutsOf(where: string, scores: ArrayLike<number>, labels: ArrayLike<number>): Cuts {
  checkBinary(where, scores, labels);
  const order = Uint32Array.from(scores, (_, i) => i).sort((i, j) => scores[j] - scores[i]);
  const [distinct, above, below]: [number[], number[], number[]] = [[], [], []];
  let [truePositives, falsePositives] = [0, 0];
  order.forEach((i, rank) => {
    if (labels[i] === 1) truePositives++;
    else falsePositives++;
    if (rank + 1 < order.length && scores[order[rank + 1]] === scores[i]) return;
    distinct.push(scores[i]);
    above.push(truePositives);
    below.push(falsePositives);
  });
  return {
    scores: Float64Array.from(distinct),
    truePositives: Float64Array.from(above),
    falsePositives: Float64Array.from(below),
    positives: truePositives,
    negatives: falsePositives,
  };
}
