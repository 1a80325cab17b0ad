import { relevant, type Judgments } from '../../src/core/judgments.ts';
import { gather, matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { random } from '../../src/core/random.ts';
import { type Distance, similarityAt } from '../../src/distances/distance.ts';
import type { DataFolder, Split } from '../../src/formats/data-folder.ts';
import type { Answers } from '../../src/streams/evaluate.ts';

/** Documents of each ranking that are kept. */
const KEPT = 10;
/** Documents among which those without a judgment are counted. */
const JUDGED_CUT = 10;

export interface SightingOptions {
  readonly distance: Distance;
  readonly depth: number;
  readonly encode?: (vectors: Matrix) => Matrix;
  readonly seed: number;
}

/** What a report keeps of the rankings of a split's queries. */
export interface Sightings {
  /** queries × `kept`, the best first */
  readonly ids: Uint32Array;
  /** queries × `kept` */
  readonly scores: Matrix;
  readonly kept: number;
  /** by query, its relevant documents, the best-scored first */
  readonly positives: readonly (readonly Positive[])[];
  /** queries; the score of the best document that is not relevant, NaN where none was ranked */
  readonly nearestMisses: Float64Array;
  /** queries; the score of a document drawn at random that is not relevant, NaN where it was */
  readonly atRandom: Float64Array;
  /** queries; the share of the first ten that have no judgment */
  readonly unjudged: Float64Array;
}

export interface Positive {
  readonly id: number;
  readonly score: number;
  /** from 1 on; absent where it is deeper than was ranked */
  readonly rank?: number;
}

/** Looks on as a split is ranked: `seen` is told of each batch, in order, and fills what is kept. */
export function sightings(
  { corpus }: DataFolder,
  { queries }: Split,
  { distance, depth, encode = (vectors) => vectors, seed }: SightingOptions,
): { readonly kept: Sightings; seen(answers: Answers): void } {
  const kept = Math.min(KEPT, depth);
  const count = queries.length;
  const ids = new Uint32Array(count * kept);
  const scores = matrix(count, kept);
  const positives: Positive[][] = [];
  const nearestMisses = new Float64Array(count).fill(NaN);
  const atRandom = new Float64Array(count).fill(NaN);
  const unjudged = new Float64Array(count);

  /** The scores of some documents to one row each of the queries. */
  const scoresOf = (asked: Matrix, pairs: readonly (readonly [query: number, id: number])[]): number[] => {
    const rows = encode(
      gather(
        corpus.vectors,
        pairs.map(([, id]) => corpus.names.rowOf[id]),
      ),
    );
    return pairs.map(([q], p) => similarityAt(distance, distance.between(row(asked, q), row(rows, p))));
  };

  return {
    kept: { ids, scores, kept, positives, nearestMisses, atRandom, unjudged },
    seen({ batch, neighbors }) {
      const first = positives.length;
      const right = batch.judgments.map((judged) => relevant(judged));
      const found = scoresOf(
        batch.queries,
        right.flatMap((each, q) => each.map((id) => [q, id] as const)),
      );
      const drawn = batch.judgments.map((judged, q) =>
        drawnMiss(judged, corpus.vectors.rows, seed, first + q),
      );
      const pairs = drawn.flatMap((id, q) => (id === undefined ? [] : [[q, id] as const]));
      scoresOf(batch.queries, pairs).forEach((score, p) => (atRandom[first + pairs[p][0]] = score));

      let next = 0;
      batch.judgments.forEach((judged, q) => {
        const [start, end] = [q * neighbors.k, q * neighbors.k + neighbors.found[q]];
        const ranking = neighbors.ids.subarray(start, end);
        const scoreAt = (r: number): number => similarityAt(distance, neighbors.distances[start + r]);
        ids.set(ranking.subarray(0, kept), (first + q) * kept);
        for (let r = 0; r < Math.min(kept, ranking.length); r++) row(scores, first + q)[r] = scoreAt(r);
        const miss = ranking.findIndex((id) => !((judged.get(id) ?? 0) > 0));
        if (miss >= 0) nearestMisses[first + q] = scoreAt(miss);
        const top = ranking.subarray(0, JUDGED_CUT);
        unjudged[first + q] =
          top.reduce((sum, id) => sum + Number(!judged.has(id)), 0) / Math.max(1, top.length);
        positives.push(
          right[q]
            .map((id) => ({ id, score: found[next++], rank: rankOf(ranking, id) }))
            .sort((a, b) => b.score - a.score),
        );
      });
    },
  };
}

function rankOf(ranking: Uint32Array, id: number): number | undefined {
  const at = ranking.indexOf(id);
  return at < 0 ? undefined : at + 1;
}

/** An id that is not relevant, or none where the draw fell on one that is. */
function drawnMiss(judged: Judgments, documents: number, seed: number, query: number): number | undefined {
  const id = random(seed, query).below(documents);
  return (judged.get(id) ?? 0) > 0 ? undefined : id;
}
