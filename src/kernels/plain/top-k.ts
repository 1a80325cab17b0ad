import { rowsBetween, type Matrix } from '../../core/matrix.ts';
import { pauses } from '../../core/patience.ts';
import { excludedBy, exclusionBetween } from '../exclusion.ts';
import type { Corpus, TopK, TopKOptions } from '../kernels.ts';
import { similarities } from './similarities.ts';

/** Queries and corpus rows taken at a time: 64 × 1024 scores fit in the second-level cache. */
const QUERIES = 64;
const ROWS = 1024;

/** Multiplications in about a tenth of a second. */
const PIECE = 2e8;

export function topK(
  queries: Matrix,
  corpus: Corpus,
  k: number,
  { similarity, exclude, ceilings, floors }: TopKOptions,
): TopK {
  const above = ceilings && new Uint32Array(queries.rows);
  const best = bestOf(queries.rows, k, corpus.ids);
  const passing = exclude === undefined && corpus.dead === undefined;
  const excluded = passing ? undefined : excludedBy(exclude ?? {}, corpus);
  for (let first = 0; first < corpus.rows.rows; first += ROWS) {
    const count = Math.min(ROWS, corpus.rows.rows - first);
    const scoresOf = similarities(rowsBetween(corpus.rows, first, first + count), similarity);
    for (let start = 0; start < queries.rows; start += QUERIES) {
      const end = Math.min(start + QUERIES, queries.rows);
      const scores = scoresOf(rowsBetween(queries, start, end));
      for (let q = start; q < end; q++) {
        for (let j = 0; j < count; j++) {
          // rounded here, so that what ties in float32 is a tie
          const score = Math.fround(scores[(q - start) * count + j]);
          if (ceilings !== undefined && above !== undefined && score > ceilings[q]) {
            if (!excluded?.(q, first + j)) above[q]++;
            continue;
          }
          if (floors !== undefined && score < floors[q]) continue;
          if (best.beats(q, score, first + j) && !excluded?.(q, first + j)) best.keep(q, score, first + j);
        }
      }
    }
  }
  return { ...best.sorted(), above };
}

/** The same a few queries at a time; the event loop has its turn between. */
export async function topKInPieces(
  queries: Matrix,
  corpus: Corpus,
  k: number,
  { similarity, exclude, ceilings, floors }: TopKOptions,
): Promise<TopK> {
  const whole: TopK = {
    rows: new Uint32Array(queries.rows * k),
    scores: new Float32Array(queries.rows * k),
    found: new Uint32Array(queries.rows),
    above: ceilings && new Uint32Array(queries.rows),
  };
  const step = Math.max(1, Math.floor(PIECE / (corpus.rows.data.length || 1)));
  const pause = pauses();
  for (let start = 0; start < queries.rows; start += step) {
    const end = Math.min(start + step, queries.rows);
    const piece = topK(rowsBetween(queries, start, end), corpus, k, {
      similarity,
      exclude: exclude && exclusionBetween(exclude, start, end),
      ceilings: ceilings?.subarray(start, end),
      floors: floors?.subarray(start, end),
    });
    whole.rows.set(piece.rows, start * k);
    whole.scores.set(piece.scores, start * k);
    whole.found.set(piece.found, start);
    whole.above?.set(piece.above ?? [], start);
    await pause();
  }
  return whole;
}

/** For each query a heap of its k best so far, the worst of them on top. */
function bestOf(queries: number, k: number, ids: Uint32Array) {
  const rows = new Uint32Array(queries * k);
  const scores = new Float32Array(queries * k);
  const found = new Uint32Array(queries);

  const worse = (e: number, f: number): boolean =>
    scores[e] < scores[f] || (scores[e] === scores[f] && ids[rows[e]] > ids[rows[f]]);
  const swap = (e: number, f: number): void => {
    const [score, row] = [scores[e], rows[e]];
    scores[e] = scores[f];
    rows[e] = rows[f];
    scores[f] = score;
    rows[f] = row;
  };
  const sink = (top: number, size: number): void => {
    for (let at = 0; ;) {
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < size && worse(top + child, top + worst)) worst = child;
      }
      if (worst === at) return;
      swap(top + at, top + worst);
      at = worst;
    }
  };

  return {
    beats(query: number, score: number, row: number): boolean {
      const top = query * k;
      if (found[query] < k) return true;
      return score > scores[top] || (score === scores[top] && ids[row] < ids[rows[top]]);
    },
    keep(query: number, score: number, row: number): void {
      const top = query * k;
      if (found[query] === k) {
        scores[top] = score;
        rows[top] = row;
        sink(top, k);
        return;
      }
      let at = found[query]++;
      scores[top + at] = score;
      rows[top + at] = row;
      for (let parent = (at - 1) >> 1; at > 0 && worse(top + at, top + parent); parent = (at - 1) >> 1) {
        swap(top + at, top + parent);
        at = parent;
      }
    },
    sorted(): TopK {
      for (let query = 0; query < queries; query++) {
        for (let size = found[query] - 1; size > 0; size--) {
          swap(query * k, query * k + size);
          sink(query * k, size);
        }
      }
      return { rows, scores, found };
    },
  };
}
