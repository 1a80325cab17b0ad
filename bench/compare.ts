import { refuse } from '../src/core/check.ts';
import { row, type Matrix } from '../src/core/matrix.ts';
import type { Difference, Outcome } from './tasks/task.ts';

/** Relative; float32 sums in another order differ by about 1e-6, an error in a formula by more than 1e-2. */
export const TOLERANCE = 1e-4;

/** Of losses relative to max(1, |loss|), and of gradients: the largest difference over the peer's largest entry. */
export function lossDifference(ours: Outcome, peers: Outcome): Difference {
  const value = Math.abs(ours.value - peers.value) / Math.max(1, Math.abs(peers.value));
  const gradients = Object.entries(peers.results).map(([name, theirs]) =>
    matrixDifference(ours.results[name], theirs),
  );
  return { value, results: Math.max(...gradients) };
}

function matrixDifference(ours: Matrix, peers: Matrix): number {
  let [difference, largest] = [0, 0];
  for (let e = 0; e < peers.data.length; e++) {
    difference = Math.max(difference, Math.abs(ours.data[e] - peers.data[e]));
    largest = Math.max(largest, Math.abs(peers.data[e]));
  }
  return largest === 0 ? difference : difference / largest;
}

/**
 * Of scores, over the largest one. Neighbors are matched by id, since near ties may stand in another order; one that the
 * peer does not have must tie with the peer's last.
 */
export function neighborDifference(ours: Outcome, peers: Outcome): Difference {
  const { ids, scores } = peers.results;
  let [difference, largest] = [0, 0];
  for (let q = 0; q < ids.rows; q++) {
    const peerScores = row(scores, q);
    const scoreOf = new Map(Array.from(row(ids, q), (id, rank) => [id, peerScores[rank]]));
    const last = peerScores[ids.cols - 1];
    const ourScores = row(ours.results.scores, q);
    row(ours.results.ids, q).forEach((id, rank) => {
      difference = Math.max(difference, Math.abs(ourScores[rank] - (scoreOf.get(id) ?? last)));
    });
    for (const score of peerScores) largest = Math.max(largest, Math.abs(score));
  }
  return { value: 0, results: largest === 0 ? difference : difference / largest };
}

/**
 * The difference of the results, where it is small.
 *
 * @throws RangeError if it is NaN or beyond the tolerance
 */
export function checkedError(task: string, peer: string, { value, results }: Difference): number {
  const where = `bench: ${task}`;
  if (!(value <= TOLERANCE)) refuse(where, `the value must be within ${TOLERANCE} of ${peer}'s`, value);
  if (!(results <= TOLERANCE)) refuse(where, `results must be within ${TOLERANCE} of ${peer}'s`, results);
  return results;
}
