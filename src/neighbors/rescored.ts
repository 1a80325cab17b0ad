import { checkEqual, checkWhole } from '../core/check.ts';
import { gather, type Matrix, rowsBetween } from '../core/matrix.ts';
import { pauses } from '../core/patience.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { similarities } from '../kernels/plain/similarities.ts';
import type { ScoredIds } from './best-so-far.ts';
import { type ChunkOptions, eachChunk, type RowSource } from './chunks.ts';

export interface RescoreOptions extends ChunkOptions {
  /** @default cosine */
  readonly distance?: Distance;
  /** How many of them are kept. @default all */
  readonly k?: number;
}

/**
 * Candidates of a coarser search, ranked again by the distance of the rows themselves, ties by id: one pass over the rows, a chunk at a time,
 * whatever the order of the candidates. `rowOf` says which row an id is.
 *
 * @throws RangeError if there are not candidates for each query, or k is not a whole number >= 1; what `read` throws
 */
export async function rescored(
  source: RowSource,
  rowOf: Uint32Array,
  queries: Matrix,
  candidates: Pick<ScoredIds, 'k' | 'ids' | 'found'>,
  { distance = cosine, k = candidates.k, ...options }: RescoreOptions = {},
): Promise<ScoredIds> {
  checkEqual('rescored', 'candidates.found.length', candidates.found.length, queries.rows);
  checkWhole('rescored', 'k', k, 1);
  const { order, ends } = byRow(candidates, rowOf, source.rows);
  const scores = new Float64Array(candidates.ids.length);
  const pause = pauses();
  let at = 0;
  await eachChunk(source, options, async (rows, first) => {
    for (let i = 0; i < rows.rows; i++) {
      const places = order.subarray(at, ends[first + i]);
      if (places.length === 0) continue;
      const asked = gather(
        queries,
        places.map((place) => Math.floor(place / candidates.k)),
      );
      // summed as searches do, so that the scores are theirs
      const found = similarities(rowsBetween(rows, i, i + 1), distance.similarity)(asked);
      places.forEach((place, e) => (scores[place] = Math.fround(found[e])));
      at += places.length;
      await pause();
    }
  });
  return sorted(candidates, scores, k);
}

/** Places of all candidates by their row, and where those of each row end. */
function byRow({ k, ids, found }: Pick<ScoredIds, 'k' | 'ids' | 'found'>, rowOf: Uint32Array, rows: number) {
  const ends = new Uint32Array(rows);
  const each = (look: (place: number) => void): void => {
    for (let q = 0; q < found.length; q++) for (let e = 0; e < found[q]; e++) look(q * k + e);
  };
  each((place) => ends[rowOf[ids[place]]]++);
  for (let i = 1; i < rows; i++) ends[i] += ends[i - 1];
  const order = new Uint32Array(rows === 0 ? 0 : ends[rows - 1]);
  const next = ends.slice();
  // from the end of each row's on
  each((place) => (order[--next[rowOf[ids[place]]]] = place));
  return { order, ends };
}

function sorted(
  { k: room, ids, found }: Pick<ScoredIds, 'k' | 'ids' | 'found'>,
  scores: Float64Array,
  k: number,
): ScoredIds {
  const best = {
    k,
    ids: new Uint32Array(found.length * k),
    scores: new Float32Array(found.length * k),
    found: found.map((count) => Math.min(count, k)),
  };
  for (let q = 0; q < found.length; q++) {
    const places = Uint32Array.from({ length: found[q] }, (_, e) => q * room + e);
    places.sort((e, f) => scores[f] - scores[e] || ids[e] - ids[f]);
    for (let e = 0; e < best.found[q]; e++) {
      best.ids[q * k + e] = ids[places[e]];
      best.scores[q * k + e] = scores[places[e]];
    }
  }
  return best;
}
