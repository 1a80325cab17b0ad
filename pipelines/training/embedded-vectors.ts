import { matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Collection, DataFolder, Records } from '../../src/formats/data-folder.ts';
import { countZeroRows } from '../../src/formats/data-folder.ts';
import type { Sides } from '../../src/models/sides.ts';
import type { FeaturedFolder } from './folder-source.ts';

const ROWS = 4096;

/** A folder with the vectors that encoders, as they stand, make of its queries and documents. */
export async function embeddedVectors<Query, Document>(
  { folder, features }: FeaturedFolder<Query, Document>,
  sides: Sides<Query, Document>,
  dim: number,
  signal: AbortSignal,
): Promise<DataFolder> {
  const all = async (
    records: Records,
    embed: (rows: Uint32Array) => Promise<Matrix>,
  ): Promise<Collection> => {
    const vectors = matrix(records.groups.length, dim);
    for (let start = 0; start < vectors.rows; start += ROWS) {
      signal.throwIfAborted();
      const rows = Uint32Array.from({ length: Math.min(ROWS, vectors.rows - start) }, (_, i) => start + i);
      vectors.data.set((await embed(rows)).data, start * dim);
    }
    return { ...records, vectors, zeroRows: countZeroRows(vectors) };
  };
  return {
    path: folder.path,
    corpus: await all(
      folder.corpus,
      async (rows) => sides.documents.forward(await features.documents(rows)).output,
    ),
    queries: await all(
      folder.queries,
      async (rows) => sides.queries.forward(await features.queries(rows)).output,
    ),
  };
}
