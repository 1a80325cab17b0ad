import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { gather, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import { type Distance, similarityAt } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { Corpus, Exclusion, TopKOptions } from '../kernels/kernels.ts';
import { type NeighborIndex, type Neighbors, neighborsOf } from './neighbor-index.ts';

/** Rows that can be searched and read: what a miner looks into. Every index is one. */
export interface Searchable extends Pick<NeighborIndex, 'dim' | 'size' | 'distance' | 'search' | 'read'> {
  /**
   * The k closest rows of each query of those that are no more similar to it than its ceiling, and how many are. Absent where
   * a search cannot pass over rows.
   *
   * @throws RangeError as `search`, or if there is not one ceiling a query or one is NaN
   */
  searchBelow?(
    queries: Matrix,
    k: number,
    ceilings: Float64Array,
    exclude?: Exclusion,
  ): Promise<NeighborsBelow>;
}

export interface NeighborsBelow extends Neighbors {
  /** queries × k; how similar each is, at most the ceiling; -Infinity past `found` */
  readonly similarities: Float64Array;
  /** queries; how many rows, of those that are not excluded, are more similar than the ceiling */
  readonly passed: Uint32Array;
}

export interface FlatOptions {
  /** @default cosine */
  readonly distance?: Distance;
}

/**
 * The true neighbors among rows that stay where they are: nothing is copied, and nothing may change while a search is under way.
 *
 * @throws RangeError if ids or classes do not match the rows, or an entry is not finite
 */
export function flat(
  { rows, ids, classes }: Omit<Corpus, 'packed'>,
  { distance = cosine }: FlatOptions = {},
): Required<Searchable> {
  checkEqual('flat', 'ids.length', ids.length, rows.rows);
  if (classes !== undefined) checkEqual('flat', 'classes.length', classes.length, rows.rows);
  checkFiniteRows('flat', 'rows', rows);
  let slots: ReadonlyMap<number, number> | undefined;

  /** The best of each query, each handed over with its place among the queries' lists of k. */
  const best = async (
    queries: Matrix,
    k: number,
    options: Pick<TopKOptions, 'exclude' | 'ceilings'>,
    take: (e: number, score: number) => void,
  ) => {
    checkSearch('flat.search', { dim: rows.cols, classes }, queries, k, options.exclude);
    const { neighbors, give } = neighborsOf(queries.rows, k);
    const most = Math.min(k, rows.rows);
    if (most === 0 || queries.rows === 0) return { neighbors, above: new Uint32Array(queries.rows) };
    const { similarity } = distance;
    const top = await kernels.later.topK(queries, { rows, ids, classes }, most, { similarity, ...options });
    for (let q = 0; q < queries.rows; q++) {
      for (let rank = 0; rank < top.found[q]; rank++) {
        const score = top.scores[q * most + rank];
        give(q, ids[top.rows[q * most + rank]], distance.fromScore(score));
        take(q * k + rank, score);
      }
    }
    return { neighbors, above: top.above ?? new Uint32Array(queries.rows) };
  };

  return {
    dim: rows.cols,
    size: rows.rows,
    distance,
    async search(queries, k, { exclude } = {}) {
      return (await best(queries, k, { exclude }, () => {})).neighbors;
    },
    async searchBelow(queries, k, ceilings, exclude) {
      checkEqual('flat.searchBelow', 'ceilings.length', ceilings.length, queries.rows);
      const most = Float32Array.from(ceilings, (ceiling) => scoreBelow(distance, ceiling));
      const similarities = new Float64Array(queries.rows * k).fill(-Infinity);
      const { neighbors, above } = await best(queries, k, { exclude, ceilings: most }, (e, score) => {
        // where a root is between the two, rounding may not lift one above the other
        similarities[e] = Math.min(ceilings[Math.floor(e / k)], similarityOfScore(distance, score));
      });
      return { ...neighbors, similarities, passed: above };
    },
    read(wanted) {
      slots ??= new Map(Array.from(ids, (id, slot) => [id, slot]));
      const held = wanted.map((id) => slots?.get(id) ?? refuse('flat.read', 'every id must be stored', id));
      return { rows: gather(rows, held), classes: classes && Int32Array.from(held, (slot) => classes[slot]) };
    },
  };
}

/** What every search is asked for. */
function checkSearch(
  where: string,
  { dim, classes }: { readonly dim: number; readonly classes?: Int32Array },
  queries: Matrix,
  k: number,
  { queryClass, perQuery }: Exclusion = {},
): void {
  checkEqual(where, 'queries.cols', queries.cols, dim);
  checkFiniteRows(where, 'queries', queries);
  checkWhole(where, 'k', k, 1);
  if (queryClass !== undefined) {
    checkEqual(where, 'exclude.queryClass.length', queryClass.length, queries.rows);
    if (classes === undefined) refuse(where, 'exclude.queryClass needs rows with classes', 'rows without');
  }
  if (perQuery !== undefined) {
    checkEqual(where, 'exclude.perQuery.offsets.length', perQuery.offsets.length, queries.rows + 1);
    checkEqual(where, 'exclude.perQuery.ids.length', perQuery.ids.length, perQuery.offsets[queries.rows]);
  }
}

/** How similar rows of such a score are. */
function similarityOfScore(distance: Distance, score: number): number {
  return distance.similarity === 'euclidean' ? similarityAt(distance, distance.fromScore(score)) : score;
}

/** The largest float32 score of rows that are no more similar than this. */
function scoreBelow({ similarity }: Distance, most: number): number {
  if (Number.isNaN(most)) refuse('flat.searchBelow', 'ceilings must be numbers', most);
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
