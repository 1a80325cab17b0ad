import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { classify, type ClassifyOptions } from '../pipelines/classify.ts';
import type { Figure } from '../pipelines/retrieval.ts';
import { signedWithInterval, table, withInterval } from '../pipelines/table.ts';
import type { Stepping } from '../pipelines/training/optimizer.ts';
import { runJob } from '../pipelines/training/run-job.ts';
import { gatherBags } from '../src/core/bags.ts';
import { checkEqual, checkWhole, refuse } from '../src/core/check.ts';
import { gather, type Matrix } from '../src/core/matrix.ts';
import { random, shuffled } from '../src/core/random.ts';
import { readNpyMatrix } from '../src/formats/npy.ts';
import { type LabelledText, readLabelledTexts } from '../src/formats/training-texts.ts';
import { supCon } from '../src/losses/labelled/sup-con.ts';
import { softTriple } from '../src/losses/proxies/soft-triple.ts';
import { bootstrap } from '../src/metrics/bootstrap.ts';
import { mean } from '../src/metrics/mean.ts';
import { nearestNeighborAccuracy } from '../src/metrics/nearest-neighbor-accuracy.ts';
import { retrievalByLabel } from '../src/metrics/retrieval-by-label.ts';
import { centering } from '../src/models/centering.ts';
import { gaussian } from '../src/models/gaussian.ts';
import type { Embed } from '../src/models/layers.ts';
import { linear } from '../src/models/linear.ts';
import { embeddingBag } from '../src/models/text/embedding-bag.ts';
import { textBags, vocabulary, vocabularyRows } from '../src/models/text/vocabulary.ts';
import { withinClassWhitening } from '../src/models/within-class-whitening.ts';
import { adamW } from '../src/optimizers/adamw.ts';
import { weightsOnly } from '../src/optimizers/decay.ts';
import type { Optimizer } from '../src/optimizers/optimizer.ts';
import { cosineRate, type Schedule, warmedUp } from '../src/optimizers/schedules.ts';
import { sparseAdam } from '../src/optimizers/sparse-adam.ts';
import type { Descended } from '../src/streams/descend.ts';
import type { LabelledBatch, ScoredRows } from '../src/streams/labelled-batch.ts';
import { labelledRows, type LabelledRowsOptions, type LabelledSource } from '../src/streams/labelled-rows.ts';
import { scoreProxies, scoreRows } from '../src/streams/score-rows.ts';
import { tfIdf } from './tf-idf.ts';

export const BANKING77_OPTIONS = {
  data: {
    type: 'string',
    describe:
      'folder with train.jsonl and test.jsonl (text, label), and their vectors, train.use512.npy and test.use512.npy',
    demandOption: true,
    requiresArg: true,
  },
  seeds: { type: 'number', describe: 'how many models of each kind', default: 3, requiresArg: true },
} as const;

export interface Banking77Options {
  readonly data: string;
  readonly seeds: number;
}

/** Which intents are new, and which texts are held out, whatever the model's seed. */
const SPLIT = 0;
const [TRAIN_INTENTS, DEV_INTENTS, HELD_TEXTS] = [41, 10, 1500];

/** Texts with their intents, and vectors of a sentence encoder. */
interface Rows {
  readonly texts: readonly string[];
  readonly labels: Int32Array;
  readonly vectors: Matrix;
}

/** What a system is, its figure on what choices were made by, and a value a query of each measurement. */
interface System {
  readonly name: string;
  readonly dev: number;
  readonly measured: readonly Float64Array[];
}

/**
 * An adapter of stored vectors, judged on intents it did not see, and an encoder of texts beside TF-IDF. Every choice was made by the dev figures, and a
 * training stops by them.
 */
export async function banking77({ data, seeds }: Banking77Options): Promise<void> {
  checkWhole('bench banking77', '--seeds', seeds, 1);
  const [train, test] = await readBoth(data);
  await newIntents(train, test, seeds);
  await fromTexts(train, test, seeds);
}

/** MAP@R among rows of intents that were neither learned from nor chosen by. */
async function newIntents(train: Rows, test: Rows, seeds: number): Promise<void> {
  const intents = shuffled(new Set(train.labels).size, random(SPLIT));
  const learned = ofIntents(train, intents.subarray(0, TRAIN_INTENTS));
  const dev = ofIntents(train, intents.subarray(TRAIN_INTENTS, TRAIN_INTENTS + DEV_INTENTS));
  const held = ofIntents(test, intents.subarray(TRAIN_INTENTS + DEV_INTENTS));
  const dim = learned.vectors.cols;
  const devFigure = async (embed: Embed): Promise<number> =>
    mean((await retrievalByLabel(embed(dev.vectors), dev.labels)).mapAtR);
  const system = async (name: string, embed: Embed): Promise<System> => {
    const { mapAtR, precisionAt1 } = await retrievalByLabel(embed(held.vectors), held.labels);
    return { name, dev: await devFigure(embed), measured: [mapAtR, precisionAt1] };
  };
  const whitening = withinClassWhitening(learned.vectors, learned.labels);
  const white = whitening.apply(learned.vectors);
  const trained = async (seed: number): Promise<System> => {
    const encoder = linear({ from: dim, to: dim, start: 'identity' });
    const embed: Embed = (rows) => encoder.forward(whitening.apply(rows)).output;
    const proxies = gaussian(10 * TRAIN_INTENTS, dim, 1 / Math.sqrt(dim), seed);
    await learn(
      {
        encoder,
        labels: learned.labels,
        featuresOf: (rows) => gather(white, rows),
        rows: 12 * TRAIN_INTENTS,
        m: 12,
        seed,
        score: scoreProxies(softTriple({ centers: 10 }), proxies),
        learned: { 'loss.proxies': proxies },
        stepping: stepping(falling(3e-4, 600), (rate) => adamW({ rate, decay: weightsOnly(0.01) })),
        steps: 600,
      },
      () => devFigure(embed),
    );
    return system(`trained, seed ${seed}`, embed);
  };
  const systems = [
    await system('raw', (rows) => rows),
    await system('mean-centred', centering([learned.vectors]).apply),
    await system('whitened', whitening.apply),
    ...(await pooled(seeds, trained)),
  ];
  show(systems, held.labels, ['MAP@R', 'P@1']);
  console.log(
    `${held.labels.length} test rows of ${intents.length - TRAIN_INTENTS - DEV_INTENTS} intents, each among the others; split by seed ${SPLIT}, ${TRAIN_INTENTS} intents to learn from and ${DEV_INTENTS} for dev\n`,
  );
}

/** Accuracy by the nearest training text. */
async function fromTexts(train: Rows, test: Rows, seeds: number): Promise<void> {
  const order = shuffled(train.texts.length, random(SPLIT));
  const [held, learned] = [
    rowsOf(train, order.subarray(0, HELD_TEXTS)),
    rowsOf(train, order.subarray(HELD_TEXTS)),
  ];
  const words = vocabulary(learned.texts);
  const bagsOf = textBags(words);
  const bags = bagsOf(learned.texts);
  const trained = async (seed: number): Promise<System> => {
    const encoder = embeddingBag({ rows: vocabularyRows(words), dim: 256, seed });
    const embed = (texts: readonly string[]): Matrix => encoder.forward(bagsOf(texts)).output;
    const dev = await learn(
      {
        encoder,
        labels: learned.labels,
        featuresOf: (rows) => gatherBags(bags, rows),
        rows: 4 * new Set(learned.labels).size,
        m: 4,
        seed,
        score: scoreRows(supCon({ temperature: 0.07 })),
        stepping: stepping(falling(0.001, 400), (rate) => sparseAdam({ rate })),
        steps: 400,
      },
      async () => mean(await byNearest(embed, held, learned)),
    );
    return { name: `trained, seed ${seed}`, dev, measured: [await byNearest(embed, test, train)] };
  };
  const baseline = {
    name: 'TF-IDF',
    dev: mean(await byNearest(tfIdf(learned.texts), held, learned)),
    measured: [await byNearest(tfIdf(train.texts), test, train)],
  };
  show([baseline, ...(await pooled(seeds, trained))], test.labels, ['P@1']);
  console.log(
    `${test.texts.length} test texts, each by the nearest of ${train.texts.length}; dev are ${HELD_TEXTS} of these, by the nearest of the others`,
  );
}

function byNearest(
  embed: (texts: readonly string[]) => Matrix,
  queries: Rows,
  known: Rows,
): Promise<Float64Array> {
  return nearestNeighborAccuracy(embed(queries.texts), queries.labels, {
    embeddings: embed(known.texts),
    labels: known.labels,
  });
}

/** Steps to a look at the dev figure, and looks without a better one until it is enough. */
const [EVERY, PATIENCE] = [25, 6];

interface Learning<Input>
  extends LabelledSource<Input>, LabelledRowsOptions, Omit<ClassifyOptions<Input>, 'optimizer'> {
  readonly steps: number;
  readonly stepping: Stepping;
}

/** Trains until the figure gets no better, and leaves the encoder as it was at its best; gives the best. */
async function learn<Input>(options: Learning<Input>, figure: () => Promise<number>): Promise<number> {
  const { encoder, score, learned = {}, steps, stepping } = options;
  const { best } = await runJob<LabelledBatch<Input>, ScoredRows & Descended>(
    {
      steps,
      batches: (from) => labelledRows(options, { ...options, from }),
      turn: classify({ encoder, score, learned, optimizer: stepping.optimizer }),
      learned: { ...encoder.parameters, ...learned },
      stepping,
      dev: { name: 'dev', measure: figure },
    },
    { every: EVERY, patience: PATIENCE, shown: (batches) => batches },
    new AbortController().signal,
  );
  return best?.value ?? NaN;
}

function stepping(rate: Schedule, of: (rate: Schedule) => Optimizer): Stepping {
  return { rate, optimizer: of(rate) };
}

function falling(rate: number, steps: number): Schedule {
  return warmedUp(10, cosineRate({ rate, steps }));
}

/** The systems of all seeds, and one whose values are their means. */
async function pooled(seeds: number, of: (seed: number) => Promise<System>): Promise<System[]> {
  const systems: System[] = [];
  for (let seed = 0; seed < seeds; seed++) systems.push(await of(seed));
  const measured = systems[0].measured.map((values, m) =>
    values.map((_, q) => mean(systems.map((system) => system.measured[m][q]))),
  );
  return [...systems, { name: 'pooled', dev: mean(systems.map(({ dev }) => dev)), measured }];
}

/** Figures, and how far each is from the first system's. */
function show(systems: readonly System[], intents: Int32Array, names: readonly string[]): void {
  const figureOf = (values: Float64Array): Figure => ({
    mean: mean(values),
    interval: bootstrap(values, { groups: intents }),
  });
  const [first] = systems;
  const lines = systems.map(({ name, dev, measured }) => [
    name,
    dev.toFixed(4),
    ...measured.flatMap((values, m) => [
      withInterval(figureOf(values)),
      signedWithInterval(figureOf(values.map((value, q) => value - first.measured[m][q]))),
    ]),
  ]);
  console.log(table(['', 'dev', ...names.flatMap((name) => [name, `less ${first.name}'s`])], lines));
  console.log('means with 95 % intervals by bootstrap of intents');
}

/** Some rows, in the order named. */
function rowsOf({ texts, labels, vectors }: Rows, rows: Uint32Array): Rows {
  return {
    texts: Array.from(rows, (row) => texts[row]),
    labels: Int32Array.from(rows, (row) => labels[row]),
    vectors: gather(vectors, rows),
  };
}

/** The rows of some intents, which are numbered anew, in the order named. */
function ofIntents(all: Rows, intents: Uint32Array): Rows {
  const numbers = new Map(Array.from(intents, (intent, number) => [intent, number]));
  const own = rowsOf(
    all,
    Uint32Array.from(all.labels.keys()).filter((row) => numbers.has(all.labels[row])),
  );
  return { ...own, labels: own.labels.map((label) => numbers.get(label) ?? -1) };
}

/** Intents numbered in the order of their names. */
async function readBoth(folder: string): Promise<readonly [train: Rows, test: Rows]> {
  const [train, test] = [await readTexts(folder, 'train'), await readTexts(folder, 'test')];
  const names = [...new Set(train.map(({ label }) => label))].sort();
  const least = TRAIN_INTENTS + DEV_INTENTS + 1;
  if (names.length < least) refuse('bench banking77', `${folder} must have ${least} intents`, names.length);
  const numbers = new Map(names.map((name, number) => [name, number]));
  const rows = async (name: string, texts: readonly LabelledText[]): Promise<Rows> => {
    const vectors = await readNpyMatrix(await present(folder, `${name}.use512.npy`));
    checkEqual('bench banking77', `rows of ${name}.use512.npy`, vectors.rows, texts.length);
    return {
      texts: texts.map(({ text }) => text),
      labels: Int32Array.from(
        texts,
        ({ label, where }) => numbers.get(label) ?? refuse(where, 'label must be one of train.jsonl', label),
      ),
      vectors,
    };
  };
  return [await rows('train', train), await rows('test', test)];
}

async function readTexts(folder: string, name: string): Promise<LabelledText[]> {
  const texts: LabelledText[] = [];
  for await (const text of readLabelledTexts(await present(folder, `${name}.jsonl`))) texts.push(text);
  return texts;
}

/** The path of a file that is there. */
async function present(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await access(path).catch(() => refuse('bench banking77', `--data must be a folder with ${name}`, folder));
  return path;
}
