import type { Matrix } from '../../core/matrix.ts';
import { kernels } from '../active.ts';
import type { Corpus, Exclusion, Similarity, TopK } from '../kernels.ts';
import type { GraphHandle } from './addon.ts';
import { emptyTopK, excludedArguments } from './excluded-arguments.ts';
import { loadedAddon } from './loaded-addon.ts';

export interface GraphOptions {
  readonly dim: number;
  readonly similarity: Similarity;
  /** links a node has on each level, twice as many on the lowest; at least 2 and at most 1024 */
  readonly M: number;
  /** candidates kept while a node is linked */
  readonly efConstruction: number;
  /** draws the levels, with the ids */
  readonly seed: number;
}

/** Rows that a graph is of: node i is row i. Those that a graph knows must stay as they are. */
export interface GraphRows extends Pick<Corpus, 'rows' | 'ids' | 'classes' | 'dead'> {
  /** rows; 1 / length of each, for the cosine */
  readonly inverse?: Float32Array;
}

/** What a file has of a graph. */
export interface GraphParts {
  /** nodes; the highest level of each */
  readonly levels: Uint8Array;
  /** nodes × (1 + 2 M); how many links there are on the lowest level, and the links */
  readonly lowest: Uint32Array;
  /** (the sum of the levels) × (1 + M); the same on the levels above, a node's together, from the second lowest up */
  readonly upper: Uint32Array;
  /** where searches begin, -1 where there is no linked node */
  readonly entry: number;
}

/** A navigable small-world graph of rows that stand elsewhere. It does not change once it is linked. */
export interface Graph {
  readonly nodes: number;
  /** This graph and the rows after those it has, linked. */
  extended(rows: GraphRows): Promise<Graph>;
  /** The k best of the `ef` nearest that are met, scored in float64; ties go to the smaller id. */
  search(
    queries: Matrix,
    rows: GraphRows,
    k: number,
    options: { readonly ef: number; readonly exclude?: Exclusion },
  ): Promise<TopK>;
  parts(): Promise<GraphParts>;
}

/** A graph of no rows, or of some that were linked before. undefined where the addon was built without hnswlib's headers, or not at all. */
export function emptyGraph(options: GraphOptions): Graph | undefined {
  const handle = newHandle(options, 0);
  return handle && graphOf(options, 0, handle);
}

/** A graph of parts that have been looked through: every link is a node's, on a level that it has. */
export async function graphFrom(options: GraphOptions, parts: GraphParts): Promise<Graph | undefined> {
  const nodes = parts.levels.length;
  const handle = newHandle(options, nodes);
  if (handle === undefined) return undefined;
  await calls().write(handle, nodes, parts.entry, parts.levels, parts.lowest, parts.upper);
  return graphOf(options, nodes, handle);
}

const SIMILARITIES: readonly Similarity[] = ['dot', 'cosine', 'euclidean'];

function calls() {
  const addon = loadedAddon();
  if (addon === undefined) throw new Error('hnsw: the native kernels must be built, got none');
  return addon.graphs;
}

function newHandle(
  { dim, similarity, M, efConstruction, seed }: GraphOptions,
  nodes: number,
): GraphHandle | undefined {
  const made = loadedAddon()?.graphs.make(
    Math.max(1, nodes),
    dim,
    SIMILARITIES.indexOf(similarity),
    M,
    efConstruction,
    seed,
  );
  return made ?? undefined;
}

function graphOf(options: GraphOptions, nodes: number, handle: GraphHandle): Graph {
  return {
    nodes,
    async extended(all) {
      const end = all.rows.rows;
      const larger = newHandle(options, end) ?? handle;
      if (nodes > 0) await calls().copy(handle, larger);
      await calls().link(larger, all.rows.data, all.inverse ?? null, all.ids, all.dead ?? null, nodes, end);
      return graphOf(options, end, larger);
    },
    async search(queries, all, k, { ef, exclude = {} }) {
      const best = emptyTopK(queries.rows, k);
      await calls().search(
        handle,
        queries.data,
        all.inverse === undefined ? null : inverseLengths(queries),
        all.rows.data,
        all.inverse ?? null,
        queries.rows,
        k,
        ef,
        ...excludedArguments(all, exclude),
        best.rows,
        best.scores,
        best.found,
      );
      return best;
    },
    async parts() {
      const shape = new Float64Array(3);
      calls().shape(handle, shape);
      const parts = {
        levels: new Uint8Array(nodes),
        lowest: new Uint32Array(nodes * (1 + 2 * options.M)),
        upper: new Uint32Array(shape[1] * (1 + options.M)),
        entry: shape[2],
      };
      await calls().read(handle, nodes, 0, parts.levels, parts.lowest, parts.upper);
      return parts;
    },
  };
}

/** Linking gives way to a search, from its first step to its last. */
export async function aheadOfLinking<T>(search: () => Promise<T>): Promise<T> {
  calls().count(1);
  try {
    return await search();
  } finally {
    calls().count(-1);
  }
}

/** 1 / |x| of each row, 0 of a zero row; within float32. */
export function inverseLengths(rows: Matrix): Float32Array {
  const { xx } = kernels.rowProducts(rows, rows);
  return Float32Array.from(xx, (square) => (square === 0 ? 0 : Math.min(1 / Math.sqrt(square), 1e38)));
}
