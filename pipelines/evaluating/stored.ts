import type { Distance } from '../../src/distances/distance.ts';
import { countZeroRows, type StoredFolder } from '../../src/formats/data-folder.ts';
import { readNpy } from '../../src/formats/npy.ts';
import { chunked } from '../../src/neighbors/chunked.ts';
import { progress } from '../progress.ts';
import type { System } from './systems.ts';

export interface StoredOptions {
  readonly distance: Distance;
  readonly depth: number;
  readonly chunk?: number;
  readonly signal: AbortSignal;
}

/** The stored vectors as they are, every document met for every query; counts the zero rows it meets the first time. */
export function storedVectors(
  { corpus, corpusVectors }: StoredFolder,
  { distance, depth, chunk, signal }: StoredOptions,
): System {
  const shown = progress('ranking');
  let [passes, zeros] = [0, 0];
  const index = chunked(corpusVectors, corpus.names.ofRow, {
    distance,
    chunk,
    signal,
    onChunk(rows, first) {
      if (passes === 0) zeros += countZeroRows(rows);
      shown.at((first + rows.rows) / corpusVectors.rows, `pass ${passes + 1}`);
    },
  });
  return {
    name: 'float32',
    bytes: 4 * corpusVectors.cols,
    zeroRows: () => zeros,
    async rank({ queries }) {
      const found = await index.search(queries, depth);
      passes++;
      return found;
    },
  };
}

/** How many rows of a file are all zeros. */
export async function zeroRowsOf(path: string): Promise<number> {
  let zeros = 0;
  for await (const rows of readNpy(path)) zeros += countZeroRows(rows);
  return zeros;
}
