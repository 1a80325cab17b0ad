import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { checkNumbers } from './check-scores.ts';
import type { Ranking } from './ranking.ts';

/** Lists of candidates, a list a query, end to end. */
export interface ScoredLists {
  /** candidates; the higher, the earlier */
  readonly scores: ArrayLike<number>;
  /** candidates; above 0 is relevant */
  readonly grades: ArrayLike<number>;
  /** lists + 1; list q has the candidates offsets[q] … offsets[q + 1] - 1 */
  readonly offsets: ArrayLike<number>;
}

/**
 * Reranking: orders each query's own candidates by their scores, for the metrics of rankings. What is not among the candidates does not count
 * as relevant.
 *
 * Equal scores go to the later candidate: trec_eval's order where candidates come in the order of their names, scikit-learn's and, where
 * the relevant ones are listed first, the one that flatters nobody. `ndcg` and `dcg` can average over them instead.
 *
 * @throws RangeError if the lengths differ, a number is not finite, or the offsets do not rise from 0 to the number of candidates
 */
export function rankedLists({ scores, grades, offsets }: ScoredLists): Ranking {
  checkEqual('rankedLists', 'grades.length', grades.length, scores.length);
  checkNumbers('rankedLists', 'scores', scores);
  checkNumbers('rankedLists', 'grades', grades);
  checkOffsets(offsets, scores.length);
  const queries = offsets.length - 1;
  const candidates = Uint32Array.from({ length: queries }, (_, q) => offsets[q + 1] - offsets[q]);
  const depth = candidates.reduce((most, count) => Math.max(most, count), 0);
  const inOrder = { grades: new Float32Array(queries * depth), scores: new Float64Array(queries * depth) };
  const [judged, judgedOffsets] = [new Float32Array(scores.length), new Uint32Array(queries + 1)];
  candidates.forEach((count, q) => {
    const order = Uint32Array.from({ length: count }, (_, e) => offsets[q] + e);
    order.sort((i, j) => scores[j] - scores[i] || j - i);
    order.forEach((i, rank) => {
      inOrder.grades[q * depth + rank] = grades[i];
      inOrder.scores[q * depth + rank] = scores[i];
    });
    const relevant = Float32Array.from(order, (i) => grades[i]).filter((grade) => grade > 0);
    judged.set(
      relevant.sort((a, b) => b - a),
      judgedOffsets[q],
    );
    judgedOffsets[q + 1] = judgedOffsets[q] + relevant.length;
  });
  return {
    queries,
    depth,
    ...inOrder,
    judged: judged.slice(0, judgedOffsets[queries]),
    offsets: judgedOffsets,
    candidates,
  };
}

function checkOffsets(offsets: ArrayLike<number>, candidates: number): void {
  checkWhole('rankedLists', 'offsets.length', offsets.length, 1);
  checkEqual('rankedLists', 'offsets[0]', offsets[0], 0);
  for (let q = 1; q < offsets.length; q++) {
    if (!(Number.isSafeInteger(offsets[q]) && offsets[q] >= offsets[q - 1]))
      refuse('rankedLists', `offsets[${q}] must be a whole number >= ${offsets[q - 1]}`, offsets[q]);
  }
  checkEqual('rankedLists', 'the last offset', offsets[offsets.length - 1], candidates);
}
