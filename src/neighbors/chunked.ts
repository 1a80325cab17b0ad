import { checkEqual, checkWhole } from '../core/check.ts';
import { gather, type Matrix, matrix, rowsBetween } from '../core/matrix.ts';
import { cosine } from '../distances/cosine.ts';
import type { Distance } from '../distances/distance.ts';
import { kernels } from '../kernels/active.ts';
import { bestSoFar, type ScoredIds } from './best-so-far.ts';
import { checkDim, checkSearch } from './check-stored.ts';
import { type ChunkOptions, eachChunk, type RowSource } from './chunks.ts';
import { guessedFloors } from './guessed-floors.ts';

export interface ChunkedOptions extends ChunkOptions {
  /** @default cosine */
  readonly distance?: Distance;
  /** What becomes of rows before they are searched, a chunk at a time; queries must have been through the same. @default as they are */
  readonly encode?: (rows: Matrix) => Matrix;
  /** Is shown the rows of each chunk as they were read, and the number of the first, before they are searched; it must not keep them. */
  readonly onChunk?: (rows: Matrix, first: number) => void;
}

/**
 * The true neighbors among rows that are in no memory: each search goes through all of them once, a chunk at a time, and what it holds
 * does not grow with their number, ids aside. So ask many queries at once. Where k is large a sample of the rows is looked at before, and queries
 * that it misled have a second pass.
 *
 * Answers are those of `exact` to the bit, whatever the chunk: a score is of its two rows alone, summed in float64 in one order, and rounded to float32
 * before it is compared; equal scores go by id.
 *
 * @throws RangeError if there is not an id a row, or chunk is not a whole number >= 1; in a search if dim or k does not fit or an entry is not
 *   finite; what `read` throws
 */
export function chunked(
  source: RowSource,
  ids: Uint32Array,
  { distance = cosine, encode = (rows) => rows, onChunk, ...options }: ChunkedOptions = {},
) {
  checkDim('chunked', source.cols);
  checkEqual('chunked', 'ids.length', ids.length, source.rows);
  if (options.chunk !== undefined) checkWhole('chunked', 'chunk', options.chunk, 1);
  const { similarity } = distance;
  let turn: Promise<unknown> = Promise.resolve();

  const pass = async (
    queries: Matrix,
    k: number,
    guessed: Float32Array | undefined,
    shown: typeof onChunk,
  ): Promise<ScoredIds> => {
    const so = bestSoFar(queries.rows, k, guessed);
    const together = Math.max(64, Math.floor(ROOM / k));
    await eachChunk(source, options, async (chunk, first) => {
      shown?.(chunk, first);
      const rows = encode(chunk);
      const idsOf = ids.subarray(first, first + rows.rows);
      const corpus = { rows, ids: idsOf, packed: await kernels.later.pack(rows) };
      for (let start = 0; start < queries.rows; start += together) {
        const end = Math.min(start + together, queries.rows);
        const floors = so.floors.subarray(start, end);
        const some = rowsBetween(queries, start, end);
        const most = Math.min(k, rows.rows);
        so.meet(await kernels.later.topK(some, corpus, most, { similarity, floors }), start, idsOf);
      }
    });
    return so.best;
  };

  const search = async (queries: Matrix, k: number): Promise<ScoredIds> => {
    const { cols } = encode(matrix(1, source.cols));
    checkSearch('chunked.search', { dim: cols, all: { rows: matrix(0, cols) } }, queries, k);
    const guessed = await guessedFloors(source, queries, k, { similarity, encode });
    const best = await pass(queries, k, guessed, onChunk);
    if (guessed === undefined) return best;
    const short = Uint32Array.from(best.found.keys()).filter((q) => best.found[q] < k);
    if (short.length === 0) return best;
    const again = await pass(gather(queries, short), k, undefined, undefined);
    short.forEach((q, i) => {
      best.ids.set(again.ids.subarray(i * k, (i + 1) * k), q * k);
      best.scores.set(again.scores.subarray(i * k, (i + 1) * k), q * k);
      best.found[q] = again.found[i];
    });
    return best;
  };

  return {
    size: source.rows,
    distance,
    /** The k closest rows of each query, closest first. Searches take turns, since each reads. Leave `queries` as they are until it is done. */
    search(queries: Matrix, k: number): Promise<ScoredIds> {
      const found = turn.then(() => search(queries, k));
      turn = found.catch(() => {});
      return found;
    },
  };
}

/** Places of one call's answers: with their ids, 8 MiB. */
const ROOM = 2 ** 20;
