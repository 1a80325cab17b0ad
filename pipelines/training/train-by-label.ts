import type { Matrix } from '../../src/core/matrix.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import { onnxTexts } from '../../src/models/onnx-texts.ts';
import type { Values } from '../../src/streams/evaluate.ts';
import { modelCard } from '../model-card.ts';
import { progress } from '../progress.ts';
import { table } from '../table.ts';
import { comparedSystems, type System } from './compared-systems.ts';
import { type LabelledFile, readLabelledRows, readLabelledTextFile } from './labelled-files.ts';
import { learnedByLabel } from './labelled-job.ts';
import { labelledTexts, labelledVectors, type LabelledModel } from './labelled-model.ts';
import { noteOf } from './note.ts';
import type { JobOptions, RunOptions } from './options.ts';
import { saveTrained } from './saved.ts';
import { tell } from './tell.ts';

type Read<Items> = (path: string) => Promise<LabelledFile<Items>>;

/** Learns from labelled items of whatever kind, and says what that did to how they find those of their label. */
export async function trainByLabel(
  path: string,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const { encoder, 'text-model': model } = options;
  if (encoder === 'texts') {
    const training = await readLabelledTextFile(path);
    return toItsFigures(
      await labelledTexts(training, options),
      training,
      readLabelledTextFile,
      options,
      signal,
    );
  }
  const read = model === undefined ? readLabelledRows : embeddedBy(await onnxTexts(model));
  const training = await read(path);
  return toItsFigures(labelledVectors(training, options), training, read, options, signal);
}

/** Texts as a model of elsewhere has them. */
function embeddedBy(embed: (texts: readonly string[]) => Promise<Matrix>): Read<Matrix> {
  return async (path) => {
    const { items, ...others } = await readLabelledTextFile(path);
    const shown = progress(`embedding ${path}`);
    const vectors = await embed(items);
    shown.done(`${vectors.rows} texts`);
    return { ...others, items: vectors };
  };
}

async function toItsFigures<Items, Input>(
  model: LabelledModel<Items, Input>,
  training: LabelledFile<Items>,
  read: Read<Items>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const { 'dev-labelled': devPath, 'test-labelled': testPath, out, seed } = options;
  const { encoder, layers, besides, dim } = model;
  const dev = devPath === undefined ? undefined : await read(devPath);
  const test = testPath === undefined ? undefined : await read(testPath);
  const systems: System[] = [];
  const measure = async (name: string, embed: (items: Items) => Matrix): Promise<void> => {
    if (test !== undefined)
      systems.push({ name, key: name, values: await gradesOf(embed(test.items), test) });
  };
  for (const { name, embed } of model.before) await measure(name, embed);
  const ran = await learnedByLabel(model, training, dev, options, signal);
  await measure('trained', (items) => encoder.forward(model.inputOf(items)).output);

  const told = noteOf(ran, options, 'rows', dev && `MAP@R of ${dev.path}`);
  const figures = test && (await figuresOf(systems, test, seed));
  if (out !== undefined) {
    const learnedFrom = `${training.labels.length} rows of ${training.classes} labels of ${training.path}`;
    const card = await modelCard({ options, learnedFrom, told, dim, oneSide: true, figures });
    await saveTrained(out, { matrices: { ...encoder.parameters, ...besides }, layers, card }, signal);
  }
  tell(options, ran, told, figures);
}

/** Of rows that have another of their label, each among all others. */
async function gradesOf(embeddings: Matrix, { labels }: LabelledFile<unknown>): Promise<Values> {
  const { mapAtR, precisionAt1, relevant } = await retrievalByLabel(embeddings, labels);
  const defined = (values: Float64Array): Float64Array => values.filter((_, q) => relevant[q] > 0);
  return { 'MAP@R': defined(mapAtR), 'P@1': defined(precisionAt1) };
}

async function figuresOf(
  systems: readonly System[],
  { path, labels, classes }: LabelledFile<unknown>,
  seed: number,
) {
  const sizes = new Uint32Array(classes);
  for (const label of labels) sizes[label]++;
  const groups = labels.filter((label) => sizes[label] > 1);
  const { heading, rows, json } = await comparedSystems(systems, systems[0], groups, seed);
  const on = `${labels.length} rows of ${classes} labels of ${path}, each among the others`;
  return {
    heading,
    rows,
    on,
    by: 'label',
    table: `${table(heading, rows)}\n${on}; means with 95 % intervals (bootstrap by label)`,
    json: { ...json, rows: labels.length },
  };
}
