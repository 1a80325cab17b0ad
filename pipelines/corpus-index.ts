import { tap } from 'rxjs';
import type { Distance } from '../src/distances/distance.ts';
import type { Collection } from '../src/formats/data-folder.ts';
import { flat, type Searchable } from '../src/neighbors/flat.ts';
import { hnsw } from '../src/neighbors/hnsw.ts';
import { documents } from '../src/streams/documents.ts';
import { pull } from '../src/streams/pull.ts';
import { remember } from '../src/streams/remember.ts';
import { run } from './interruption.ts';
import { progress } from './progress.ts';

export interface CorpusIndexOptions {
  readonly index: 'hnsw' | 'exact';
  readonly distance: Distance;
  readonly ef: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** A collection that is searched as it stands: through a graph that is built now, or every row where it is. */
export async function corpusIndex(
  corpus: Collection,
  { index: kind, distance, ef, seed, signal }: CorpusIndexOptions,
): Promise<Searchable> {
  const { vectors, names, groups } = corpus;
  if (kind === 'exact') return flat({ rows: vectors, ids: names.ofRow, classes: groups }, { distance });
  const index = hnsw({ dim: vectors.cols, distance, seed, ef });
  const shown = progress('indexing');
  const fill = pull(documents(corpus), remember(index)).pipe(tap(() => shown.at(index.size / vectors.rows)));
  await run(fill, signal);
  await index.refresh();
  shown.done(`${index.size} documents`);
  return index;
}
