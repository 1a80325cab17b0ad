import { checkEqual, refuse } from '../core/check.ts';
import { type Distance, similarityAt } from '../distances/distance.ts';
import type { TopK } from '../kernels/kernels.ts';
import { neighborsFrom, type NeighborsBelow } from './neighbor-index.ts';

/**
 * Ceilings of similarity as the kernels compare them: for each query the largest float32 score of rows that are no more similar.
 *
 * @throws RangeError if there is not one ceiling a query or one is NaN
 */
export function ceilingScores(
  where: string,
  distance: Distance,
  ceilings: Float64Array,
  queries: number,
): Float32Array {
  checkEqual(where, 'ceilings.length', ceilings.length, queries);
  return Float32Array.from(ceilings, (ceiling) => scoreBelow(where, distance, ceiling));
}

/** What a search below such ceilings found. */
export function neighborsBelow(
  best: TopK | undefined,
  ceilings: Float64Array,
  k: number,
  rowIds: Uint32Array,
  distance: Distance,
): NeighborsBelow {
  const queries = ceilings.length;
  const similarities = new Float64Array(queries * k).fill(-Infinity);
  if (best !== undefined) {
    const room = best.rows.length / queries;
    for (let q = 0; q < queries; q++) {
      for (let e = 0; e < best.found[q]; e++) {
        // where a root is between the two, rounding may not lift one above the other
        const similarity = similarityOfScore(distance, best.scores[q * room + e]);
        similarities[q * k + e] = Math.min(ceilings[q], similarity);
      }
    }
  }
  return {
    ...neighborsFrom(best, queries, k, rowIds, distance),
    similarities,
    passed: best?.above ?? new Uint32Array(queries),
  };
}

/** How similar rows of such a score are. */
function similarityOfScore(distance: Distance, score: number): number {
  return distance.similarity === 'euclidean' ? similarityAt(distance, distance.fromScore(score)) : score;
}

/** The largest float32 score of rows that are no more similar than this. */
function scoreBelow(where: string, { similarity }: Distance, most: number): number {
  if (Number.isNaN(most)) refuse(where, 'ceilings must be numbers', most);
  const score = similarity !== 'euclidean' ? most : most >= 0 ? Infinity : -(most * most);
  const rounded = Math.fround(score);
  return rounded <= score ? rounded : previous(rounded);
}

const bits = new DataView(new ArrayBuffer(4));

/** The next smaller float32. */
function previous(value: number): number {
  if (value === 0) return -(2 ** -149);
  bits.setFloat32(0, value);
  bits.setInt32(0, bits.getInt32(0) + (value > 0 ? -1 : 1));
  return bits.getFloat32(0);
}
