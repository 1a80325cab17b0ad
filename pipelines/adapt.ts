import { matrix, type Matrix } from '../src/core/matrix.ts';
import type { DataFolder } from '../src/formats/data-folder.ts';
import { kernels } from '../src/kernels/active.ts';
import { centered as lessMean, centering } from '../src/models/centering.ts';
import type { Layer } from '../src/models/layers.ts';
import { sharedSides } from '../src/models/sides.ts';
import { stacked } from '../src/models/stacked.ts';
import { centered, unit } from './features.ts';
import type { Vectors } from './reporting/ranked-system.ts';
import { countPairs } from '../src/streams/pairs.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { type Collate, fileSource } from './training/file-source.ts';
import { folderSource } from './training/folder-source.ts';
import { judgedPairs } from './training/judged-pairs.ts';
import { vectorModels } from './training/models.ts';
import type { JobOptions } from './training/options.ts';
import type { FirstPairs, JobFiles } from './training/job-files.ts';
import type { Judged, Prepared } from './training/prepared.ts';
import type { Splits } from './training/splits.ts';

/** An adapter of a folder's stored vectors: of unit rows less the mean of their side. */
export function adapt(
  data: DataFolder,
  { training, dev, held }: Splits,
  options: JobOptions,
): Prepared<Matrix, Matrix> {
  const { folder, corpus, queries } = centered(data, training);
  const features = {
    queries: (rows: Uint32Array) => kernels.gather(folder.queries.vectors, rows),
    documents: (rows: Uint32Array) => kernels.gather(folder.corpus.vectors, rows),
  };
  const { cols } = data.corpus.vectors;
  const { sides, layers } = vectorModels(cols, options);
  const before = async (): Promise<readonly Vectors[]> => [
    { name: 'raw', folder: data },
    { name: 'mean-centred', folder },
  ];
  return {
    source: folderSource({ folder, features }, training, sides, options),
    sides,
    dim: sides.documents.forward(matrix(0, cols)).output.cols,
    learnedFrom: `${countPairs(training)} pairs of split ${training.name} of ${data.path}`,
    dev: dev && { folder, features, split: dev },
    evaluated: { folder, features, split: held, before },
    layers: { query: after(queries.mean, layers.query), document: after(corpus.mean, layers.document) },
    besides: { 'corpus-mean': corpus.mean, 'queries-mean': queries.mean },
    close: async () => {},
  };
}

/** An adapter of rows in files, or of what a model of elsewhere makes of texts in files: of unit rows less the mean of the first of their side. */
export async function adaptFiles<Part extends string | Float32Array>(
  { training, dev, test, name }: JobFiles<Part>,
  seen: FirstPairs<Part>,
  embed: (parts: readonly Part[]) => Matrix | Promise<Matrix>,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Matrix, Matrix>> {
  const units = async (parts: readonly Part[]): Promise<Matrix> => unit(await embed(parts));
  const means = {
    query: centering([await units(seen.query)]).mean,
    document: centering([await units(seen.document)]).mean,
  };
  const collate: Collate<Part, Matrix> = async (parts, side) => lessMean(means[side], await units(parts));
  const { cols } = means.query;
  const { sides, layers } = vectorModels(cols, options);
  const evaluated = test && (await judgedPairs(test, collate));
  const before = async (judged: Judged<Matrix, Matrix>): Promise<readonly Vectors[]> => [
    { name: 'mean-centred', folder: await embeddedVectors(judged, unchanged, cols, signal) },
  ];
  return {
    source: fileSource(training, collate, options),
    sides,
    dim: sides.documents.forward(matrix(0, cols)).output.cols,
    learnedFrom: name,
    dev: dev && (await judgedPairs(dev, collate)),
    evaluated: evaluated && { ...evaluated, before: () => before(evaluated) },
    layers: { query: after(means.query, layers.query), document: after(means.document, layers.document) },
    besides: { 'corpus-mean': means.document, 'queries-mean': means.query },
    close: async () => {},
  };
}

const unchanged = sharedSides(stacked());

function after(mean: Matrix, learned: readonly Layer[]): readonly Layer[] {
  return [{ kind: 'normalize', parameters: {} }, { kind: 'centering', parameters: { mean } }, ...learned];
}
