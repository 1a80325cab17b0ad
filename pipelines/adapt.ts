import { fromRows, matrix, type Matrix } from '../src/core/matrix.ts';
import type { DataFolder } from '../src/formats/data-folder.ts';
import { kernels } from '../src/kernels/active.ts';
import { centered as lessMean, centering } from '../src/models/centering.ts';
import type { Layer } from '../src/models/layers.ts';
import type { Side } from '../src/models/model-file.ts';
import { sharedSides } from '../src/models/sides.ts';
import { stacked } from '../src/models/stacked.ts';
import { countPairs } from '../src/streams/pairs.ts';
import { centered, unit } from './features.ts';
import type { Vectors } from './reporting/ranked-system.ts';
import type { PairSource } from './training/contrast.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { folderSource } from './training/folder-source.ts';
import { judgedPairs } from './training/judged-pairs.ts';
import { vectorModels } from './training/models.ts';
import type { JobOptions } from './training/options.ts';
import { rowPairFile, textPairFile } from './training/pair-files.ts';
import type { Opened, PairsThread } from './training/pairs-thread.ts';
import type { Judged, Prepared } from './training/prepared.ts';
import type { Splits } from './training/splits.ts';
import type { Thread } from './training/thread.ts';
import { threadedPairs, threadedSource } from './training/threaded-pairs.ts';
import type { FirstPairs } from './training/training-files.ts';

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

/** An adapter of rows in files. */
export async function adaptRowFiles(
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Matrix, Matrix>> {
  const pairs = threadedPairs<Matrix>();
  const opened = await pairs.call('rows', options);
  return adapted(pairs, opened, (rows) => rows, judgedRows, options, signal);
}

/** An adapter of what a model of elsewhere makes of texts in files. */
export async function adaptTextFiles(
  embed: (texts: readonly string[]) => Promise<Matrix>,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Matrix, Matrix>> {
  const pairs = threadedPairs<readonly string[]>();
  const opened = await pairs.call('texts', options);
  return adapted(pairs, opened, embed, judgedTexts, options, signal);
}

type Embed<Input> = (input: Input, side: Side) => Promise<Matrix>;
type JudgedBy<Input> = (path: string, embed: Embed<Input>) => Promise<Judged<Matrix, Matrix>>;

const judgedRows: JudgedBy<Matrix> = (path, embed) =>
  judgedPairs(rowPairFile(path), (rows, side) => embed(fromRows(rows), side));

const judgedTexts: JudgedBy<readonly string[]> = (path, embed) => judgedPairs(textPairFile(path), embed);

/** Of unit rows less the mean of the first of their side. */
async function adapted<Input>(
  pairs: Thread<PairsThread<Input>>,
  { name, steps, first }: Opened & { readonly first: FirstPairs<Input> },
  rowsOf: (input: Input) => Matrix | Promise<Matrix>,
  judged: JudgedBy<Input>,
  options: JobOptions,
  signal: AbortSignal,
): Promise<Prepared<Matrix, Matrix>> {
  const { 'dev-pairs': dev, 'test-pairs': test } = options;
  const units = async (input: Input): Promise<Matrix> => unit(await rowsOf(input));
  const means = {
    query: centering([await units(first.query)]).mean,
    document: centering([await units(first.document)]).mean,
  };
  const embed: Embed<Input> = async (input, side) => lessMean(means[side], await units(input));
  const { cols } = means.query;
  const { sides, layers } = vectorModels(cols, options);
  const evaluated = test === undefined ? undefined : await judged(test, embed);
  const before = async (judged: Judged<Matrix, Matrix>): Promise<readonly Vectors[]> => [
    { name: 'mean-centred', folder: await embeddedVectors(judged, unchanged, cols, signal) },
  ];
  return {
    source: embedded(threadedSource(pairs, steps), embed),
    sides,
    dim: sides.documents.forward(matrix(0, cols)).output.cols,
    learnedFrom: name,
    dev: dev === undefined ? undefined : await judged(dev, embed),
    evaluated: evaluated && { ...evaluated, before: () => before(evaluated) },
    layers: { query: after(means.query, layers.query), document: after(means.document, layers.document) },
    besides: { 'corpus-mean': means.document, 'queries-mean': means.query },
    close: pairs.close,
  };
}

/** The rows of what a source gives. */
function embedded<Input>(source: PairSource<Input, Input>, embed: Embed<Input>): PairSource<Matrix, Matrix> {
  return {
    ...source,
    async *batches(from) {
      for await (const { features, ...batch } of source.batches(from)) {
        const { anchors, positives, negatives, ...others } = features;
        const rows = {
          anchors: await embed(anchors, 'query'),
          positives: await embed(positives, 'document'),
          ...(negatives && { negatives: await embed(negatives, 'document') }),
        };
        yield { ...batch, features: { ...others, ...rows } };
      }
    },
    documents: async (ids) => embed(await source.documents(ids), 'document'),
  };
}

const unchanged = sharedSides(stacked());

function after(mean: Matrix, learned: readonly Layer[]): readonly Layer[] {
  return [{ kind: 'normalize', parameters: {} }, { kind: 'centering', parameters: { mean } }, ...learned];
}
