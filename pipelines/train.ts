import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkNonNegative, checkPositive, checkWhole } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import type { Parameters } from '../src/core/parameters.ts';
import { cosine } from '../src/distances/cosine.ts';
import { readSplit } from '../src/formats/data-folder.ts';
import { writeNpy } from '../src/formats/npy.ts';
import type { Centering } from '../src/models/centering.ts';
import type { Layer } from '../src/models/layers.ts';
import { saveModel, saveOnnx } from '../src/models/model-file.ts';
import { type Adapters, ADAPTER_OPTIONS, adapters, checkAdapterOptions } from './adapters.ts';
import type { Sides } from '../src/models/sides.ts';
import { type Centered, centered } from './features.ts';
import { learn } from './learn.ts';
import { modelCard } from './model-card.ts';
import { checkNewFolder, wholeFolder } from './new-folder.ts';
import {
  checkIndex,
  checkSeed,
  DATA_OPTIONS,
  INDEX_OPTION,
  marginOf,
  readData,
  readPairs,
  RELATIVE_MARGIN_OPTION,
} from './options.ts';
import { calibrationSplit } from './reporting/compared.ts';
import { REPORT_OPTION } from './reporting/options.ts';
import { rankedSystem, type Vectors } from './reporting/ranked-system.ts';
import { depthOf, differences, figures, headwords } from './retrieval.ts';
import { intervals, means, signedWithInterval, table, withInterval } from './table.ts';

export const TRAIN_OPTIONS = {
  ...DATA_OPTIONS,
  split: { ...DATA_OPTIONS.split, describe: 'which qrels/SPLIT.tsv is evaluated, before and after' },
  'train-split': {
    type: 'string',
    describe: 'which qrels/SPLIT.tsv is learned from',
    default: 'train',
    requiresArg: true,
  },
  ...ADAPTER_OPTIONS,
  epochs: { type: 'number', describe: 'passes over the training pairs', default: 4, requiresArg: true },
  batch: { type: 'number', describe: 'pairs a step', default: 512, requiresArg: true },
  rate: {
    type: 'number',
    describe: 'learning rate at its highest; it falls towards 0',
    default: 0.003,
    requiresArg: true,
  },
  temperature: { type: 'number', describe: 'of InfoNCE', default: 0.05, requiresArg: true },
  negatives: {
    type: 'number',
    describe: 'mined negatives a pair is given at most, beside those of its batch',
    default: 2,
    requiresArg: true,
  },
  'relative-margin': { ...RELATIVE_MARGIN_OPTION, defaultDescription: '0.05' },
  budget: {
    type: 'number',
    describe: 'candidates looked at for one pair at most, where fewer leave too few negatives',
    default: 64,
    requiresArg: true,
  },
  index: INDEX_OPTION,
  margin: { type: 'number', describe: 'of the triplet loss', default: 0.2, requiresArg: true },
  'triplet-weight': {
    type: 'number',
    describe: 'of the triplet loss beside InfoNCE',
    default: 0.5,
    requiresArg: true,
  },
  'class-weight': {
    type: 'number',
    describe: 'of the cross-entropy over classes beside InfoNCE, where queries have classes',
    default: 0.1,
    requiresArg: true,
  },
  out: {
    type: 'string',
    describe:
      'new folder for the model (.safetensors, .onnx, and its matrices and means as .npy), what it was trained on and reached (README.md), and the embedded corpus.npy and queries.npy',
    requiresArg: true,
  },
  report: REPORT_OPTION,
} as const;

type TrainOptions = InferredOptionTypes<typeof TRAIN_OPTIONS>;

/** Learns a projection in which the nearest misses move out of the way, and says what that did to retrieval. */
export async function train(options: TrainOptions, signal: AbortSignal): Promise<void> {
  checkOptions(options);
  if (options.out !== undefined) await checkNewFolder('train', options.out);
  // reports are loaded where one is asked for
  if (options.report !== undefined)
    await (await import('./reporting/report.ts')).checkReport('train', options.report);
  if (options.negatives > 0) await checkIndex(options.index);
  const { seed, out } = options;
  const data = await readData(options);
  const training = await readPairs('train', data, options['train-split']);
  const held = await readSplit(data, options.split);
  const dev = options.report === undefined ? undefined : await calibrationSplit(data, held);
  const ranking = { distance: cosine, depth: depthOf(data, undefined), seed, signal };
  const rank = (vectors: Vectors) => rankedSystem(vectors, held, dev, ranking);

  const before = await rank({ name: 'raw', folder: data });
  const features = centered(data, training);
  const centred = await rank({ name: 'mean-centred', folder: features.folder });
  const adapted = adapters(data.corpus.vectors.cols, options, seed);
  const { sides } = adapted;
  const { steps, seconds } = await learn(
    sides,
    features.folder,
    training,
    { ...options, ...learning(options) },
    signal,
  );
  const after = await rank({
    name: 'trained',
    folder: features.folder,
    encode: (vectors) => sides.documents.forward(vectors).output,
    encodeQueries: (vectors) => sides.queries.forward(vectors).output,
  });
  if (options.report !== undefined) {
    const facts = { training: `${steps} steps of ${options.batch} pairs of split ${training.name}` };
    const { evaluated } = await import('./reporting/evaluated.ts');
    const { writeReport } = await import('./reporting/report.ts');
    const told = await evaluated([before, centred, after], {
      ...ranking,
      split: held,
      dev,
      facts,
      notes: [],
    });
    await writeReport('train', options.report, told, signal);
  }

  const systems = {
    before: before.values,
    centred: centred.values,
    after: after.values,
    difference: differences(after.values, centred.values),
  };
  const { difference, ...columns } = await figures(systems, headwords(data, held), seed);
  const rows = Object.keys(before.values).map((name) => [
    name,
    withInterval(columns.before[name]),
    withInterval(columns.centred[name]),
    withInterval(columns.after[name]),
    signedWithInterval(difference[name]),
  ]);
  if (out !== undefined) {
    const card = await modelCard({ options, data, training, held, steps, seconds, columns: COLUMNS, rows });
    await save(out, features, adapted, card, signal);
  }
  if (options.json) {
    const systems = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [name, means(column)]),
    );
    const facts = { queries: held.queries.length, steps, seconds: Number(seconds.toFixed(1)), seed };
    console.log(JSON.stringify({ ...systems, interval: intervals(difference), ...facts }));
    return;
  }
  console.log(table(COLUMNS, rows));
  console.log(
    `${held.queries.length} queries of split ${held.name}, means with 95 % intervals (bootstrap by headword)`,
  );
  console.log(`${steps} steps of ${options.batch} pairs in ${seconds.toFixed(1)} s, seed ${seed}`);
}

const COLUMNS = ['', 'raw', 'mean-centred', 'trained', 'trained - centred'];

/** What it takes to embed other vectors, x / |x| - mean and what was learned, and the folder's own embedded. */
async function save(
  out: string,
  { folder, corpus, queries }: Centered,
  { sides, layers }: Adapters,
  card: string,
  signal: AbortSignal,
): Promise<void> {
  const model = { query: layersOf(queries, layers.query), document: layersOf(corpus, layers.document) };
  const files = {
    ...learned(sides),
    'corpus-mean': corpus.mean,
    'queries-mean': queries.mean,
    corpus: sides.documents.forward(folder.corpus.vectors).output,
    queries: sides.queries.forward(folder.queries.vectors).output,
  };
  // all of them or none: vectors beside another run's projection would be worse than nothing
  await wholeFolder(out, async (folder) => {
    for (const [name, rows] of Object.entries(files)) {
      await writeNpy(join(folder, `${name}.npy`), [rows], { rows: rows.rows, cols: rows.cols, signal });
    }
    await saveModel(join(folder, 'model.safetensors'), model, { signal });
    await saveOnnx(join(folder, 'model-query.onnx'), model.query, { signal });
    await saveOnnx(join(folder, 'model-document.onnx'), model.document, { signal });
    await writeFile(join(folder, 'README.md'), card);
  });
}

/** By the names of its parameters; weights alone are a projection. */
function learned({ parameters }: Sides<Matrix, Matrix>): Parameters {
  const { weights, ...others } = parameters;
  return weights === undefined ? parameters : { projection: weights, ...others };
}

/** What a stored vector of a side goes through. */
function layersOf({ mean }: Centering, learned: readonly Layer[]): readonly Layer[] {
  return [{ kind: 'normalize', parameters: {} }, { kind: 'centering', parameters: { mean } }, ...learned];
}

/** Options that have another name in a program. */
function learning(options: TrainOptions) {
  return {
    relativeMargin: marginOf('train', options['relative-margin']) ?? 0.05,
    tripletWeight: options['triplet-weight'],
    classWeight: options['class-weight'],
  };
}

/** Refuses before anything is read. */
function checkOptions(options: TrainOptions): void {
  checkSeed('train', options.seed);
  checkAdapterOptions('train', options);
  checkWhole('train', '--epochs', options.epochs, 1);
  checkWhole('train', '--batch', options.batch, 2);
  checkWhole('train', '--negatives', options.negatives);
  marginOf('train', options['relative-margin']);
  checkWhole('train', '--budget', options.budget, 1);
  checkPositive('train', '--rate', options.rate);
  checkPositive('train', '--temperature', options.temperature);
  checkNonNegative('train', '--margin', options.margin);
  checkNonNegative('train', '--triplet-weight', options['triplet-weight']);
  checkNonNegative('train', '--class-weight', options['class-weight']);
}
