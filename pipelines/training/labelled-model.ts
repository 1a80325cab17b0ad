import { type Bags, gatherBags } from '../../src/core/bags.ts';
import { gather, matrix, type Matrix } from '../../src/core/matrix.ts';
import type { Parameters } from '../../src/core/parameters.ts';
import { centered, centering } from '../../src/models/centering.ts';
import { type Layer, through } from '../../src/models/layers.ts';
import type { Encoder } from '../../src/models/model.ts';
import { textBags } from '../../src/models/text/vocabulary.ts';
import { withinClassWhitening } from '../../src/models/within-class-whitening.ts';
import { unit } from '../features.ts';
import type { LabelledFile } from './labelled-files.ts';
import { vectorModels } from './models.ts';
import type { JobOptions } from './options.ts';
import { textEncoder } from './text-encoder.ts';
import { wordsOfJob } from './words-of-job.ts';

/** What is learned on labelled items, whatever it takes of them. */
export interface LabelledModel<Items, Input> {
  readonly encoder: Encoder<Input>;
  readonly dim: number;
  /** what the encoder takes of items */
  inputOf(items: Items): Input;
  /** some of them, by their numbers */
  pick(input: Input, rows: Uint32Array): Input;
  /** what the trained one is set against, embedded before the training: the last first of all */
  readonly before: readonly { readonly name: string; embed(items: Items): Matrix }[];
  readonly layers: readonly Layer[];
  /** further matrices to be written beside the model */
  readonly besides: Parameters;
}

/** An adapter of vectors: of unit rows less their mean, and where that is asked for whitened within classes. */
export function labelledVectors(
  { items, labels }: LabelledFile<Matrix>,
  options: JobOptions,
): LabelledModel<Matrix, Matrix> {
  const units = unit(items);
  const { mean } = centering([units]);
  const whitening = options.whiten ? withinClassWhitening(units, labels) : undefined;
  const first: readonly Layer[] = [
    { kind: 'normalize', parameters: {} },
    { kind: 'centering', parameters: { mean } },
    ...(whitening === undefined ? [] : [{ kind: 'linear', parameters: { weights: whitening.weights } }]),
  ];
  const inputOf = through('train', first);
  const { sides, layers } = vectorModels(items.cols, { ...options, side: 'shared' });
  return {
    encoder: sides.queries,
    dim: sides.queries.forward(matrix(0, items.cols)).output.cols,
    inputOf,
    pick: gather,
    before: [
      { name: 'raw', embed: (rows) => rows },
      { name: 'mean-centred', embed: (rows) => centered(mean, unit(rows)) },
      ...(whitening === undefined ? [] : [{ name: 'whitened', embed: inputOf }]),
    ],
    layers: [...first, ...layers.query],
    besides: { mean, ...(whitening && { whitening: whitening.weights }) },
  };
}

/** An encoder of texts. */
export async function labelledTexts(
  { items }: LabelledFile<readonly string[]>,
  options: JobOptions,
): Promise<LabelledModel<readonly string[], Bags>> {
  const counts = wordsOfJob(options);
  for (const text of items) counts.count(text);
  const words = counts.done();
  const { sides, layers, dim } = await textEncoder(words, { ...options, side: 'shared' });
  const encoder = sides.queries;
  const inputOf = textBags(words);
  return {
    encoder,
    dim,
    inputOf,
    pick: gatherBags,
    // as it stands before it is trained
    before: [{ name: 'untrained', embed: (texts) => encoder.forward(inputOf(texts)).output }],
    layers: layers.query,
    besides: {},
  };
}
