import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Records } from '../../src/formats/data-folder.ts';
import { runLines } from '../../src/formats/trec-run.ts';
import { wholeFile } from '../../src/formats/whole-file.ts';
import { written } from '../written.ts';
import type { Asked, Ranked } from './systems.ts';

/** Writes rankings of some queries as lines of a TREC run. */
export type WriteRun = (asked: Asked, ranking: Ranked) => Promise<void>;

const packed = promisify(gzip);

/**
 * Has the body write a TREC run to a file that is there in full or not at all, gzip where its name ends in .gz. Without a path nothing is
 * written.
 *
 * Scores are those that were compared, so that whoever sorts by them has the same order; the distance is minus the root of those by euclidean.
 */
export function runFile<Result>(
  path: string | undefined,
  { corpus, queries }: { readonly corpus: Records; readonly queries: Records },
  signal: AbortSignal,
  body: (write: WriteRun) => Promise<Result>,
): Promise<Result> {
  if (path === undefined) return body(async () => {});
  const linesOf = runLines(corpus.names, 'nearmiss');
  const piece = async (lines: readonly Uint8Array[]): Promise<readonly Uint8Array[]> =>
    path.endsWith('.gz') ? [await packed(Buffer.concat(lines))] : lines;
  return written(
    (print: (write: (pieces: readonly Uint8Array[]) => Promise<void>) => Promise<void>) =>
      wholeFile(path, (write) => print((pieces) => write(...pieces)), { signal }),
    (print) =>
      body(async ({ rows }, { k, ids, scores = new Float32Array(ids.length), found }) => {
        for (let start = 0; start < rows.length; start += TOGETHER) {
          const lines = Array.from(rows.subarray(start, start + TOGETHER), (row, i) => {
            const [first, end] = [(start + i) * k, (start + i) * k + found[start + i]];
            const ranking = { ids: ids.subarray(first, end), scores: scores.subarray(first, end) };
            return linesOf(queries.names.nameOf(queries.names.ofRow[row]), ranking);
          });
          await print(await piece(lines));
        }
      }),
  );
}

/** Queries whose lines are written at a time. */
const TOGETHER = 64;
