import type { Matrix } from '../core/matrix.ts';
import type { Records, Split } from '../formats/data-folder.ts';
import type { QueryBatch, RowBatch } from './batches.ts';

/** What rows of a collection, by their numbers, are embedded as. */
export type EmbedRows = (rows: Uint32Array) => Matrix | Promise<Matrix>;

export interface EmbeddedRowsOptions {
  /** Rows a batch. @default 1024 */
  readonly rows?: number;
  /** Which rows of the collection. @default all, in their order */
  readonly only?: Uint32Array;
}

/** Documents as an encoder makes them, whatever they are, with their ids, and their groups as labels. */
export async function* embeddedDocuments(
  { names, groups }: Pick<Records, 'names' | 'groups'>,
  embed: EmbedRows,
  { rows = 1024, only = Uint32Array.from(groups.keys()) }: EmbeddedRowsOptions = {},
): AsyncGenerator<RowBatch, void, undefined> {
  for (let start = 0; start < only.length; start += rows) {
    const batch = only.subarray(start, start + rows);
    yield {
      step: start / rows,
      rows: await embed(batch),
      ids: batch.map((row) => names.ofRow[row]),
      labels: Int32Array.from(batch, (row) => groups[row]),
    };
  }
}

/** The judged queries of a split, in its order, as an encoder makes them. */
export async function* embeddedQueries(
  split: Split,
  embed: EmbedRows,
  { rows = 1024 }: Pick<EmbeddedRowsOptions, 'rows'> = {},
): AsyncGenerator<QueryBatch, void, undefined> {
  for (let start = 0; start < split.queries.length; start += rows) {
    yield {
      step: start / rows,
      queries: await embed(split.queries.subarray(start, start + rows)),
      judgments: split.judgments.slice(start, start + rows),
    };
  }
}
