import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { checkNonNegative, checkPositive, checkWhole } from '../src/core/check.ts';
import type { Matrix } from '../src/core/matrix.ts';
import { cosine } from '../src/distances/cosine.ts';
import { type DataFolder, readSplit } from '../src/formats/data-folder.ts';
import { writeNpy } from '../src/formats/npy.ts';
import type { Centering } from '../src/models/centering.ts';
import type { Layer } from '../src/models/layers.ts';
import { linear } from '../src/models/linear.ts';
import { saveModel, saveOnnx } from '../src/models/model-file.ts';
import type { Model } from '../src/models/model.ts';
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
import { depthOf, differences, figures, headwords, retrieval } from './retrieval.ts';
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
      'new folder for the model (.safetensors, .onnx, and its projection and means as .npy), what it was trained on and reached (README.md), and the embedded corpus.npy and queries.npy',
    requiresArg: true,
  },
} as const;

type TrainOptions = InferredOptionTypes<typeof TRAIN_OPTIONS>;

/** Learns a projection in which the nearest misses move out of the way, and says what that did to retrieval. */
export async function train(options: TrainOptions, signal: AbortSignal): Promise<void> {
  checkOptions(options);
  if (options.out !== undefined) await checkNewFolder('train', options.out);
  if (options.negatives > 0) await checkIndex(options.index);
  const { seed, out } = options;
  const data = await readData(options);
  const training = await readPairs('train', data, options['train-split']);
  const held = await readSplit(data, options.split);
  const rank = (task: string, folder: DataFolder, encode?: (vectors: Matrix) => Matrix) =>
    retrieval(folder, held, { distance: cosine, depth: depthOf(data, undefined), encode, task, signal });

  const before = await rank('ranking by raw vectors', data);
  const features = centered(data, training);
  const centred = await rank('ranking by mean-centred vectors', features.folder);
  const dim = data.corpus.vectors.cols;
  const model = linear({ from: dim, to: dim, start: 'identity' });
  const project = (vectors: Matrix): Matrix => model.forward(vectors).output;
  const { steps, seconds } = await learn(
    model,
    features.folder,
    training,
    { ...options, ...learning(options) },
    signal,
  );
  const after = await rank('ranking by trained vectors', features.folder, project);
  const systems = { before, centred, after, difference: differences(after, centred) };
  const { difference, ...columns } = await figures(systems, headwords(data, held), seed);
  const rows = Object.keys(before).map((name) => [
    name,
    withInterval(columns.before[name]),
    withInterval(columns.centred[name]),
    withInterval(columns.after[name]),
    signedWithInterval(difference[name]),
  ]);
  if (out !== undefined) {
    const card = await modelCard({ options, data, training, held, steps, seconds, rows: [COLUMNS, ...rows] });
    await save(out, features, model, card, signal);
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

/** What it takes to embed other vectors, (x / |x| - mean) projection, and the folder's own embedded. */
async function save(
  out: string,
  { folder, corpus, queries }: Centered,
  model: Model,
  card: string,
  signal: AbortSignal,
): Promise<void> {
  const sides = { query: layersOf(queries, model), document: layersOf(corpus, model) };
  const files = {
    projection: model.parameters.weights,
    'corpus-mean': corpus.mean,
    'queries-mean': queries.mean,
    corpus: model.forward(folder.corpus.vectors).output,
    queries: model.forward(folder.queries.vectors).output,
  };
  // all of them or none: vectors beside another run's projection would be worse than nothing
  await wholeFolder(out, async (folder) => {
    for (const [name, rows] of Object.entries(files)) {
      await writeNpy(join(folder, `${name}.npy`), [rows], { rows: rows.rows, cols: rows.cols, signal });
    }
    await saveModel(join(folder, 'model.safetensors'), sides, { signal });
    await saveOnnx(join(folder, 'model-query.onnx'), sides.query, { signal });
    await saveOnnx(join(folder, 'model-document.onnx'), sides.document, { signal });
    await writeFile(join(folder, 'README.md'), card);
  });
}

/** What a stored vector of a side goes through. */
function layersOf({ mean }: Centering, { parameters }: Model): readonly Layer[] {
  return [
    { kind: 'normalize', parameters: {} },
    { kind: 'centering', parameters: { mean } },
    { kind: 'linear', parameters },
  ];
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
