import type { Matrix } from '../core/matrix.ts';
import type { DataFolder, Split } from '../formats/data-folder.ts';
import { kernels } from '../kernels/active.ts';
import type { QueryBatch } from './batches.ts';
import type { EmbedRows } from './documents.ts';

export interface QueryOptions {
  /** Queries a batch. @default 64 */
  readonly rows?: number;
  /** What becomes of the stored vectors before they are asked. @default as they are */
  readonly encode?: (vectors: Matrix) => Matrix;
}

/** The judged queries of a split, in its order. */
export function* queries(
  { queries: { vectors } }: DataFolder,
  split: Split,
  { rows = 64, encode = (vectors) => vectors }: QueryOptions = {},
): Generator<QueryBatch, void, undefined> {
  for (const { numbers, ...batch } of queryRows(split, rows))
    yield { ...batch, queries: encode(kernels.gather(vectors, numbers)) };
}

/** The same as an encoder makes them, whatever they are. */
export async function* embeddedQueries(
  split: Split,
  embed: EmbedRows,
  { rows = 1024 }: Pick<QueryOptions, 'rows'> = {},
): AsyncGenerator<QueryBatch, void, undefined> {
  for (const { numbers, ...batch } of queryRows(split, rows))
    yield { ...batch, queries: await embed(numbers) };
}

/** Such batches by numbers alone. */
function* queryRows({ queries: all, judgments }: Split, rows: number) {
  for (let start = 0; start < all.length; start += rows) {
    yield {
      step: start / rows,
      numbers: all.subarray(start, start + rows),
      judgments: judgments.slice(start, start + rows),
    };
  }
}
