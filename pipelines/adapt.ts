import { gather, matrix, type Matrix } from '../src/core/matrix.ts';
import type { DataFolder, Split } from '../src/formats/data-folder.ts';
import type { Centering } from '../src/models/centering.ts';
import type { Layer } from '../src/models/layers.ts';
import { centered } from './features.ts';
import { vectorModels } from './training/models.ts';
import type { JobOptions } from './training/options.ts';
import type { Prepared } from './training/prepared.ts';

/** An adapter of stored vectors: unit rows less the mean of their side, and what is learned on them. */
export function adapt(data: DataFolder, training: Split, options: JobOptions): Prepared<Matrix, Matrix> {
  const { folder, corpus, queries } = centered(data, training);
  const { sides, layers } = vectorModels(data.corpus.vectors.cols, options);
  return {
    folder,
    features: {
      queries: (rows) => gather(folder.queries.vectors, rows),
      documents: (rows) => gather(folder.corpus.vectors, rows),
    },
    sides,
    dim: sides.documents.forward(matrix(0, data.corpus.vectors.cols)).output.cols,
    before: async () => [
      { name: 'raw', folder: data },
      { name: 'mean-centred', folder },
    ],
    layers: { query: after(queries, layers.query), document: after(corpus, layers.document) },
    besides: { 'corpus-mean': corpus.mean, 'queries-mean': queries.mean },
    close: async () => {},
  };
}

function after({ mean }: Centering, learned: readonly Layer[]): readonly Layer[] {
  return [{ kind: 'normalize', parameters: {} }, { kind: 'centering', parameters: { mean } }, ...learned];
}
