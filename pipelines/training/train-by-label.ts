import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../../src/core/check.ts';
import type { Matrix } from '../../src/core/matrix.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { bootstrapTogether } from '../../src/metrics/bootstrap.ts';
import { mean } from '../../src/metrics/mean.ts';
import { retrievalByLabel } from '../../src/metrics/retrieval-by-label.ts';
import { saveModel, saveOnnx } from '../../src/models/model-file.ts';
import { onnxTexts } from '../../src/models/onnx-texts.ts';
import { modelCard } from '../model-card.ts';
import { wholeFolder } from '../new-folder.ts';
import { progress } from '../progress.ts';
import type { Figure } from '../retrieval.ts';
import { signedWithInterval, table, withInterval } from '../table.ts';
import { type LabelledFile, readLabelledRows, readLabelledTextFile } from './labelled-files.ts';
import { learnedByLabel } from './labelled-job.ts';
import { labelledTexts, labelledVectors, type LabelledModel } from './labelled-model.ts';
import { noteOf } from './note.ts';
import type { JobOptions, RunOptions } from './options.ts';

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
    return toItsFigures(labelledTexts(training, options), training, readLabelledTextFile, options, signal);
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

/** What is measured of labelled rows, each among the others. */
interface Grades {
  readonly 'MAP@R': Float64Array;
  readonly 'P@1': Float64Array;
}

const NAMES = ['MAP@R', 'P@1'] as const;

async function toItsFigures<Items, Input>(
  model: LabelledModel<Items, Input>,
  training: LabelledFile<Items>,
  read: Read<Items>,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const { 'dev-labelled': devPath, 'test-labelled': testPath, out, seed } = options;
  const dev = devPath === undefined ? undefined : await read(devPath);
  const test = testPath === undefined ? undefined : await read(testPath);
  if (dev === undefined && (options.patience !== undefined || options.schedule === 'plateau'))
    refuse('train', '--dev-labelled must be given where --patience or --schedule plateau is', 'none');
  const embed = (items: Items): Matrix => model.encoder.forward(model.inputOf(items)).output;
  const systems: { readonly name: string; readonly grades: Grades }[] = [];
  if (test !== undefined)
    for (const { name, embed: before } of model.before)
      systems.push({ name, grades: await gradesOf(before(test.items), test.labels) });
  const ran = await learnedByLabel(model, training, dev, options, signal);
  if (test !== undefined)
    systems.push({ name: 'trained', grades: await gradesOf(embed(test.items), test.labels) });

  const told = noteOf(ran, options, 'rows', dev && `MAP@R of ${dev.path}`);
  const compared = test && (await comparedBy(systems, test, seed));
  const figures = compared && {
    ...compared,
    on: `${test.labels.length} rows of ${test.classes} labels of ${test.path}, each among the others`,
    by: 'label',
  };
  if (out !== undefined) {
    const learnedFrom = `${training.labels.length} rows of ${training.classes} labels of ${training.path}`;
    const card = await modelCard({ options, learnedFrom, told, dim: model.dim, oneSide: true, figures });
    await save(out, model, card, signal);
  }
  const seconds = Number(ran.seconds.toFixed(1));
  if (options.json)
    console.log(JSON.stringify({ ...compared?.json, steps: ran.steps, best: ran.best, seconds, seed }));
  else {
    if (figures !== undefined) {
      console.log(table(figures.heading, figures.rows));
      console.log(`${figures.on}; means with 95 % intervals (bootstrap by label)`);
    }
    console.log(`${told} in ${seconds} s, seed ${seed}`);
  }
}

async function gradesOf(embeddings: Matrix, labels: Int32Array): Promise<Grades> {
  const { mapAtR, precisionAt1 } = await retrievalByLabel(embeddings, labels);
  return { 'MAP@R': mapAtR, 'P@1': precisionAt1 };
}

async function comparedBy(
  systems: readonly { readonly name: string; readonly grades: Grades }[],
  { labels }: LabelledFile<unknown>,
  seed: number,
) {
  const last = systems[systems.length - 1];
  const [first] = systems;
  const columns = Object.fromEntries(
    NAMES.flatMap((name) => [
      ...systems.map((system) => [`${system.name} ${name}`, system.grades[name]] as const),
      [`difference ${name}`, last.grades[name].map((value, q) => value - first.grades[name][q])] as const,
    ]),
  );
  // a label of one row is defined in none
  const kept = Array.from(labels.keys()).filter((q) => !Number.isNaN(first.grades['P@1'][q]));
  const defined = Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, Float64Array.from(kept, (q) => values[q])]),
  );
  const intervals = await bootstrapTogether(defined, {
    groups: Int32Array.from(kept, (q) => labels[q]),
    seed,
  });
  const figure = (name: string): Figure => ({ mean: mean(defined[name]), interval: intervals[name] });
  return {
    heading: ['', ...systems.map(({ name }) => name), `${last.name} - ${first.name}`],
    rows: NAMES.map((name) => [
      name,
      ...systems.map((system) => withInterval(figure(`${system.name} ${name}`))),
      signedWithInterval(figure(`difference ${name}`)),
    ]),
    json: {
      ...Object.fromEntries(
        systems.map((system) => [
          system.name,
          Object.fromEntries(NAMES.map((name) => [name, figure(`${system.name} ${name}`).mean])),
        ]),
      ),
      interval: Object.fromEntries(NAMES.map((name) => [name, figure(`difference ${name}`).interval])),
      rows: labels.length,
    },
  };
}

async function save<Items, Input>(
  out: string,
  { encoder, layers, besides }: LabelledModel<Items, Input>,
  card: string,
  signal: AbortSignal,
): Promise<void> {
  await wholeFolder(out, async (folder) => {
    for (const [name, rows] of Object.entries({ ...encoder.parameters, ...besides }))
      await writeNpy(join(folder, `${name}.npy`), [rows], { rows: rows.rows, cols: rows.cols, signal });
    await saveModel(join(folder, 'model.safetensors'), layers, { signal });
    await saveOnnx(join(folder, 'model.onnx'), layers, { signal });
    await writeFile(join(folder, 'README.md'), card);
  });
}
