import { checkEqual, checkWhole } from '../core/check.ts';
import { rowsBetween, type Matrix } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';

export interface RetrievalByLabelOptions {
  /** What the embeddings are set against. Without it each is set against the others. */
  readonly references?: { readonly embeddings: Matrix; readonly labels: ArrayLike<number> };
  /** @default cosine */
  readonly distance?: Distance;
  /**
   * Neighbors that are looked at; Infinity for all, which sorts all references for each query. @default as many as the query with the most relevant references has:
   * all that precisionAt1, rPrecision and mapAtR ask for
   */
  readonly k?: number;
}

/**
 * One value a query, NaN where no reference has its label; `mean` is their mean, and `meanOfClassMeans` lets every class count the same. A
 * reference is relevant that has the query's label, R of them; P(r) is the share of relevant ones among the r nearest, and
 * sums are over the ranks r <= k of relevant ones.
 */
export interface RetrievalByLabel {
  /** queries; R */
  readonly relevant: Uint32Array;
  /** whether the nearest is relevant: the recall at 1 of metric-learning papers */
  readonly precisionAt1: Float64Array;
  /** the share of relevant ones among the R nearest, or among the k nearest where k < R */
  readonly rPrecision: Float64Array;
  /** Σ_{r <= R} P(r) / R: MAP@R */
  readonly mapAtR: Float64Array;
  /** Σ P(r) / R: average precision, whose mean is the MAP */
  readonly averagePrecision: Float64Array;
  /** 1 / the rank of the first relevant one, 0 where none is among the k nearest; the mean is the MRR */
  readonly reciprocalRank: Float64Array;
}

/** Neighbors that are held at once. */
const AT_ONCE = 1 << 21;

/**
 * How well embeddings find those of their label among others, each in its order of nearness: what metric-learning papers report.
 *
 * All values in [0, 1]. Scores are compared as float32, and equal ones go by row. Every query is set against every reference; the event
 * loop is free meanwhile, and memory is for some queries' neighbors at a time.
 *
 * @throws RangeError if the shapes do not fit, an entry is not finite or k is not Infinity or a whole number >= 1
 * @see Musgrave, Belongie and Lim, "A metric learning reality check", 2020; pytorch-metric-learning's AccuracyCalculator (whose k=None is Infinity, and 'max_bin_count' the default here)
 */
export async function retrievalByLabel(
  embeddings: Matrix,
  labels: ArrayLike<number>,
  { references, distance = cosine, k }: RetrievalByLabelOptions = {},
): Promise<RetrievalByLabel> {
  const where = 'retrievalByLabel';
  checkEqual(where, 'labels.length', labels.length, embeddings.rows);
  checkFiniteRows(where, 'embeddings', embeddings);
  if (references !== undefined) {
    checkEqual(where, 'references.embeddings.cols', references.embeddings.cols, embeddings.cols);
    checkEqual(where, 'references.labels.length', references.labels.length, references.embeddings.rows);
    checkFiniteRows(where, 'references.embeddings', references.embeddings);
  }
  if (k !== undefined && k !== Infinity) checkWhole(where, 'k', k, 1);

  const queries = embeddings.rows;
  const among = references ?? { embeddings, labels };
  const relevant = matchesOf(labels, among.labels, references === undefined ? 1 : 0);
  const others = among.embeddings.rows - (references === undefined ? 1 : 0);
  const depth = Math.min(others, k ?? relevant.reduce((most, count) => Math.max(most, count), 1));
  const undefinedValues = () => new Float64Array(queries).fill(NaN);
  const found = {
    relevant,
    precisionAt1: undefinedValues(),
    rPrecision: undefinedValues(),
    mapAtR: undefinedValues(),
    averagePrecision: undefinedValues(),
    reciprocalRank: undefinedValues(),
  };
  if (depth < 1) return found;

  const ids = Uint32Array.from({ length: among.embeddings.rows }, (_, id) => id);
  const corpus = { rows: among.embeddings, ids, packed: await kernels.later.pack(among.embeddings) };
  const step = Math.max(1, Math.floor(AT_ONCE / depth));
  for (let first = 0; first < queries; first += step) {
    const block = rowsBetween(embeddings, first, Math.min(first + step, queries));
    const exclude = references === undefined ? { perQuery: themselves(first, block.rows) } : undefined;
    const nearest = await kernels.later.topK(block, corpus, depth, {
      similarity: distance.similarity,
      exclude,
    });
    for (let b = 0; b < block.rows; b++) {
      const q = first + b;
      const ranked = nearest.rows.subarray(b * depth, b * depth + nearest.found[b]);
      if (relevant[q] > 0) measure(found, q, depth, (rank) => among.labels[ranked[rank - 1]] === labels[q]);
    }
  }
  return found;
}

/** The values of query q, by whether the reference at each rank has its label; past the last none has. */
function measure(
  found: RetrievalByLabel,
  q: number,
  depth: number,
  isRelevant: (rank: number) => boolean,
): void {
  const relevant = found.relevant[q];
  let [hits, hitsToR, sum, sumToR, firstHit] = [0, 0, 0, 0, Infinity];
  for (let rank = 1; rank <= depth; rank++) {
    if (!isRelevant(rank)) continue;
    hits++;
    sum += hits / rank;
    firstHit = Math.min(firstHit, rank);
    if (rank <= relevant) [hitsToR, sumToR] = [hits, sum];
  }
  found.precisionAt1[q] = Number(firstHit === 1);
  found.rPrecision[q] = hitsToR / Math.min(depth, relevant);
  found.mapAtR[q] = sumToR / relevant;
  found.averagePrecision[q] = sum / relevant;
  found.reciprocalRank[q] = 1 / firstHit;
}

/** How many references have each query's label, less the query itself where it is one. */
function matchesOf(labels: ArrayLike<number>, among: ArrayLike<number>, own: number): Uint32Array {
  const counts = new Map<number, number>();
  for (let i = 0; i < among.length; i++) counts.set(among[i], (counts.get(among[i]) ?? 0) + 1);
  return Uint32Array.from(labels, (label) => (counts.get(label) ?? 0) - own);
}

function themselves(first: number, rows: number) {
  return {
    offsets: Uint32Array.from({ length: rows + 1 }, (_, q) => q),
    ids: Uint32Array.from({ length: rows }, (_, q) => first + q),
  };
}
