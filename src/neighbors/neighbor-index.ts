import type { Matrix } from '../core/matrix.ts';
import type { Distance } from '../distances/distance.ts';
import type { Exclusion, TopK } from '../kernels/kernels.ts';
import type { GraphParts, GraphRows } from '../kernels/native/graph.ts';

/** Stored rows by id, and the closest of them to a query. */
export interface NeighborIndex {
  readonly dim: number;
  /** rows stored */
  readonly size: number;
  readonly distance: Distance;
  /**
   * Stores copies of the rows; the row of a known id is replaced. Searches asked for from then on find them.
   *
   * @throws RangeError if the shapes do not fit, an id comes twice, an entry is not finite, or classes come with some rows and not with others; nothing is stored then
   */
  add(rows: Matrix, ids: Uint32Array, classes?: Int32Array): Promise<void>;
  /**
   * Forgets the rows of these ids.
   *
   * @throws RangeError if an id is not stored or comes twice; nothing is removed then
   */
  remove(ids: Uint32Array): Promise<void>;
  /** Takes all rows that came, changed or went into the graph, for the fastest searches; nothing for an exact index. */
  refresh(): Promise<void>;
  /**
   * The k closest rows of each query, closest first. Their scores (`Distance.score`) are compared as float32, and equal
   * ones go by id. Leave `queries` as they are until it is done.
   *
   * @throws RangeError if dim or k does not fit or an entry is not finite
   */
  search(queries: Matrix, k: number, options?: SearchOptions): Promise<Neighbors>;
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
  /**
   * The stored rows of these ids, in this order: copies.
   *
   * @throws RangeError if an id is not stored
   */
  read(ids: Uint32Array): StoredRows;
  /** The ids of all stored rows, in no order that is promised. */
  ids(): Uint32Array;
  /**
   * Writes a file, there in full or not at all, that `loadIndex` makes the same index of.
   *
   * @throws RangeError if a file cannot be made there
   */
  save(path: string): Promise<void>;
  /** What a graph index is made of, for those who write it down; an exact index has none. */
  parts?(): Promise<IndexParts>;
  /** Lets go of the memory; the index refuses to be used after. */
  dispose(): void;
}

/** Rows in the order in which they were linked, and their graph: node i is row i. */
export interface IndexParts extends GraphRows {
  readonly graph: GraphParts;
  readonly M: number;
  readonly efConstruction: number;
}

export interface SearchOptions {
  /** Rows a query must not be given. */
  readonly exclude?: Exclusion;
  /** How many candidates a graph search keeps, for this search; an exact index has no use for it. */
  readonly ef?: number;
  /** Whether every row is looked at, whatever the index: the truth that others are measured against. @default false */
  readonly exact?: boolean;
}

export interface Neighbors {
  readonly k: number;
  /** queries × k; 0 past `found` */
  readonly ids: Uint32Array;
  /** queries × k; Infinity past `found` */
  readonly distances: Float32Array;
  /** queries; how many neighbors each query was given, less than k where exclusion or size leave fewer */
  readonly found: Uint32Array;
  /** how many of the true neighbors such a search finds, where that was measured */
  readonly recall?: RecallEstimate;
}

export interface NeighborsBelow extends Neighbors {
  /** queries × k; how similar each is, at most the ceiling; -Infinity past `found` */
  readonly similarities: Float64Array;
  /** queries; how many rows, of those that are not excluded, are more similar than the ceiling */
  readonly passed: Uint32Array;
}

/** The share of the true k nearest that a search finds. */
export interface RecallEstimate {
  readonly k: number;
  /** mean over queries, in [0, 1] */
  readonly recall: number;
  /** 95 % bootstrap interval of the mean */
  readonly interval: readonly [low: number, high: number];
  /** how many queries it was measured on */
  readonly queries: number;
}

/** What a search of rows found, as ids and distances; `found` may have less room than k, or not be there. */
export function neighborsFrom(
  best: TopK | undefined,
  queries: number,
  k: number,
  rowIds: Uint32Array,
  distance: Pick<Distance, 'fromScore'>,
): Neighbors {
  const ids = new Uint32Array(queries * k);
  const distances = new Float32Array(queries * k).fill(Infinity);
  if (best === undefined) return { k, ids, distances, found: new Uint32Array(queries) };
  const room = best.rows.length / queries;
  for (let q = 0; q < queries; q++) {
    for (let e = 0; e < best.found[q]; e++) {
      ids[q * k + e] = rowIds[best.rows[q * room + e]];
      distances[q * k + e] = distance.fromScore(best.scores[q * room + e]);
    }
  }
  return { k, ids, distances, found: best.found };
}

export interface StoredRows {
  readonly rows: Matrix;
  readonly classes?: Int32Array;
}
