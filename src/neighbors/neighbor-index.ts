import type { Matrix } from '../core/matrix.ts';
import type { Distance } from '../distances/distance.ts';
import type { Exclusion } from '../kernels/kernels.ts';

/** Stored rows by id, and the closest of them to a query. */
export interface NeighborIndex {
  readonly dim: number;
  /** rows stored */
  readonly size: number;
  readonly distance: Distance;
  /**
   * Stores copies of the rows; the row of a known id is replaced. Leave `rows` as they are until it is done.
   *
   * @throws RangeError if the shapes do not fit, an id comes twice, an entry is not finite, or classes come with some rows and not with others; nothing is stored then
   */
  add(rows: Matrix, ids: Uint32Array, classes?: Int32Array): Promise<void>;
  /** Lets searches find replaced rows where they are now. A rebuild for a graph; nothing for an exact index. */
  refresh(): Promise<void>;
  /**
   * The k closest rows of each query, closest first. Their scores (`Distance.score`) are compared as float32, and equal
   * ones go by id. Leave `queries` as they are until it is done.
   *
   * @throws RangeError if dim or k does not fit or an entry is not finite
   */
  search(queries: Matrix, k: number, options?: SearchOptions): Promise<Neighbors>;
  /**
   * The stored rows of these ids, in this order: copies.
   *
   * @throws RangeError if an id is not stored
   */
  read(ids: Uint32Array): StoredRows;
  /** Lets go of the memory; the index refuses to be used after. */
  dispose(): void;
}

export interface SearchOptions {
  /** Rows a query must not be given. */
  readonly exclude?: Exclusion;
  /** How many candidates a graph search keeps, for this search; an exact index has no use for it. */
  readonly ef?: number;
}

export interface Neighbors {
  readonly k: number;
  /** queries × k; 0 past `found` */
  readonly ids: Uint32Array;
  /** queries × k; Infinity past `found` */
  readonly distances: Float32Array;
  /** queries; how many neighbors each query was given, less than k where exclusion or size leave fewer */
  readonly found: Uint32Array;
}

/** Empty lists for so many queries, and what fills them from the front. */
export function neighborsOf(queries: number, k: number) {
  const ids = new Uint32Array(queries * k);
  const distances = new Float32Array(queries * k).fill(Infinity);
  const found = new Uint32Array(queries);
  const neighbors: Neighbors = { k, ids, distances, found };
  const give = (query: number, id: number, distance: number): void => {
    const e = query * k + found[query]++;
    ids[e] = id;
    distances[e] = distance;
  };
  return { neighbors, give };
}

export interface StoredRows {
  readonly rows: Matrix;
  readonly classes?: Int32Array;
}
