import type { Split } from '../formats/data-folder.ts';
import { gatherRows, type OpenRows } from '../formats/open-rows.ts';
import type { QueryBatch } from './batches.ts';

/** The judged queries of a split, in its order, read as they are wanted: `rows` a batch. */
export async function* readQueries(
  vectors: OpenRows,
  { queries, judgments }: Split,
  { rows }: { readonly rows: number },
): AsyncGenerator<QueryBatch & { readonly rows: Uint32Array }, void, undefined> {
  for (let start = 0; start < queries.length; start += rows) {
    const some = queries.subarray(start, start + rows);
    yield {
      step: start / rows,
      rows: some,
      queries: await gatherRows(vectors, some),
      judgments: judgments.slice(start, start + rows),
    };
  }
}
