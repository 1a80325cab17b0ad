import { checkEqual, checkWhole, refuse } from '../core/check.ts';
import { gather, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import { type Distance, similarityAt } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { Corpus, Exclusion } from '../kernels/kernels.ts';
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

  const topK = async (
    queries: Matrix,
    k: number,
    options: { readonly exclude?: Exclusion; readonly ceilings?: Float32Array },
  ) => {
    checkSearch('flat.search', { dim: rows.cols, classes }, queries, k, options.exclude);
    const { neighbors, give } = neighborsOf(queries.rows, k);
    const most = Math.min(k, rows.rows);
    const found = most === 0 || queries.rows === 0 ? undefined : await search(queries, most, options);
    for (let q = 0; found !== undefined && q < queries.rows; q++) {
      for (let e = q * most; e < q * most + found.found[q]; e++) {
        give(q, ids[found.rows[e]], distance.fromScore(found.scores[e]));
      }
    }
    return { neighbors, most, found };
  };
  const search = (
    queries: Matrix,
    k: number,
    options: { readonly exclude?: Exclusion; readonly ceilings?: Float32Array },
  ) =>
    kernels.later.topK(queries, { rows, ids, classes }, k, { similarity: distance.similarity, ...options });

  return {
    dim: rows.cols,
    size: rows.rows,
    distance,
    async search(queries, k, { exclude } = {}) {
      return (await topK(queries, k, { exclude })).neighbors;
    },
    async searchBelow(queries, k, ceilings, exclude) {
      checkEqual('flat.searchBelow', 'ceilings.length', ceilings.length, queries.rows);
      const scores = Float32Array.from(ceilings, (ceiling) => scoreBelow(distance, ceiling));
      const { neighbors, most, found } = await topK(queries, k, { exclude, ceilings: scores });
      const similarities = new Float64Array(queries.rows * k).fill(-Infinity);
      for (let q = 0; q < queries.rows; q++) {
        for (let e = 0; e < neighbors.found[q]; e++) {
          const score = found?.scores[q * most + e] ?? -Infinity;
          // where a root is between them, rounding may not lift one above the ceiling
          similarities[q * k + e] = Math.min(ceilings[q], similarityOfScore(distance, score));
        }
      }
      return { ...neighbors, similarities, passed: found?.above ?? new Uint32Array(queries.rows) };
    },
    read(wanted) {
      slots ??= new Map(Array.from(ids, (id, slot) => [id, slot]));
      const held = wanted.map((id) => slots?.get(id) ?? refuse('flat.read', 'every id must be stored', id));
      return { rows: gather(rows, held), classes: classes && Int32Array.from(held, (slot) => classes[slot]) };
    },
  };
}

/** What every search is asked for. */
export function checkSearch(
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
