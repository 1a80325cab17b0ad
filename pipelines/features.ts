import { relevant } from '../src/core/judgments.ts';
import { gather, type Matrix } from '../src/core/matrix.ts';
import type { Collection, DataFolder, NamedFolder, Split } from '../src/formats/data-folder.ts';
import { kernels } from '../src/kernels/active.ts';
import { type Centering, centering } from '../src/models/centering.ts';

export interface Centered {
  /** the same folder with centered vectors */
  readonly folder: DataFolder;
  readonly corpus: Centering;
  readonly queries: Centering;
}

/**
 * Unit rows, each side less its own mean over the rows of the training pairs: queries and documents are texts of two kinds
 * and lie in two places.
 */
export function centered(data: DataFolder, training: Split): Centered {
  const corpus = centering([unit(gather(data.corpus.vectors, documentsOf(training, data)))]);
  const queries = centering([unit(gather(data.queries.vectors, training.queries))]);
  const moved = (collection: Collection, { apply }: Centering): Collection => ({
    ...collection,
    vectors: apply(unit(collection.vectors)),
  });
  const folder = { ...data, corpus: moved(data.corpus, corpus), queries: moved(data.queries, queries) };
  return { folder, corpus, queries };
}

/** Rows of the documents that are right for some query of a split. */
export function documentsOf({ judgments }: Split, { corpus }: NamedFolder): Uint32Array {
  const rows = new Set(judgments.flatMap((judged) => relevant(judged).map((id) => corpus.names.rowOf[id])));
  return Uint32Array.from(rows);
}

/** Rows of length 1; a zero row stays zero. */
export function unit(rows: Matrix): Matrix {
  return kernels.normalize(rows).unit;
}
