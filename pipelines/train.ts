import { join } from 'node:path';
import { refuse } from '../src/core/check.ts';
import { cosine } from '../src/distances/cosine.ts';
import {
  type NamedFolder,
  readRecords,
  readSplit,
  readSplitIfThere,
  type Split,
} from '../src/formats/data-folder.ts';
import type { ScoredBatch } from '../src/streams/batches.ts';
import type { Descended } from '../src/streams/descend.ts';
import type { Values } from '../src/streams/evaluate.ts';
import { adapt } from './adapt.ts';
import { modelCard } from './model-card.ts';
import { checkNewFolder } from './new-folder.ts';
import { checkIndex, readData, readPairs } from './options.ts';
import { pretrain } from './pretrain.ts';
import { calibrationSplit } from './reporting/compared.ts';
import { rankedSystem, type RankedSystem, type Vectors } from './reporting/ranked-system.ts';
import { depthOf, differences, figures, headwords } from './retrieval.ts';
import { intervals, means, signedWithInterval, table, withInterval } from './table.ts';
import { checkpointsIn } from './training/checkpoints.ts';
import { contrast } from './training/contrast.ts';
import { embeddedVectors } from './training/embedded-vectors.ts';
import { folderDev, folderSource } from './training/folder-source.ts';
import { optionsFrom } from './training/job-file.ts';
import { flagsOf } from './training/option-table.ts';
import { JOB, type JobOptions, RUN, type RunOptions } from './training/options.ts';
import type { Prepared } from './training/prepared.ts';
import { readings } from './training/readings.ts';
import { type Ran, runJob } from './training/run-job.ts';
import { saveTrained } from './training/saved.ts';

const TABLE = JOB.extend(RUN.shape);

export const TRAIN_OPTIONS = {
  config: {
    type: 'string',
    describe: 'a YAML file of these options; flags count for more',
    requiresArg: true,
  },
  ...flagsOf(TABLE),
} as const;

/** Learns from the pairs of a split, so that the nearest misses move out of the way, and says what that did to retrieval. */
export async function train(
  flags: Readonly<Record<string, unknown>> & { readonly config?: string },
  signal: AbortSignal,
): Promise<void> {
  const options = await optionsFrom('train', TABLE, flags, flags.config);
  await checkBeforeReading(options);
  if (options.encoder === 'texts') {
    const folder = await readNames(options.data);
    const splits = await readSplits(folder, options);
    await toItsFigures(await pretrain(folder, splits.training, options, signal), splits, options, signal);
  } else {
    const data = await readData(options);
    const splits = await readSplits(data, options);
    await toItsFigures(adapt(data, splits.training, options), splits, options, signal);
  }
}

interface Splits {
  readonly training: Split;
  /** what is evaluated, before and after */
  readonly held: Split;
  /** what decides which parameters are kept */
  readonly dev?: Split;
}

async function readSplits(folder: NamedFolder, options: JobOptions): Promise<Splits> {
  const { 'dev-split': asked, split } = options;
  const training = await readPairs('train', folder, options['train-split']);
  const held = await readSplit(folder, split);
  const named = asked === undefined && split !== 'dev' ? await readSplitIfThere(folder, 'dev') : undefined;
  const dev = asked === undefined || asked === 'none' ? named : await readSplit(folder, asked);
  if (dev === undefined && (options.patience !== undefined || options.schedule === 'plateau'))
    refuse('train', '--dev-split must be a split where --patience or --schedule plateau is given', 'none');
  return { training, held, dev };
}

async function toItsFigures<Query, Document>(
  prepared: Prepared<Query, Document>,
  { training, held, dev }: Splits,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const { folder, sides, dim } = prepared;
  const { seed, out } = options;
  const reported = options.report === undefined ? undefined : await calibrationSplit(folder, held);
  const ranking = { distance: cosine, depth: depthOf(folder, undefined), seed, signal };
  const rank = (vectors: Vectors): Promise<RankedSystem> => rankedSystem(vectors, held, reported, ranking);
  const before: RankedSystem[] = [];
  for (const vectors of await prepared.before()) before.push(await rank(vectors));

  const ran = await learned(prepared, { training, held, dev }, options, signal);
  const embedded = await embeddedVectors(prepared, sides, dim, signal);
  await prepared.close();
  const after = await rank({ name: 'trained', folder: embedded });

  const last = before[before.length - 1];
  const systems = [...before, after];
  const values = Object.fromEntries(systems.map((system) => [keyOf(system), system.values]));
  const difference = differences(after.values, last.values);
  const all: Readonly<Record<string, Values>> = { ...values, difference };
  const columns = await figures(all, headwords(folder, held), seed);
  const heading = ['', ...systems.map(({ name }) => name), `trained - ${SHORT.get(last.name) ?? last.name}`];
  const rows = Object.keys(after.values).map((name) => [
    name,
    ...systems.map((system) => withInterval(columns[keyOf(system)][name])),
    signedWithInterval(columns.difference[name]),
  ]);
  const told = noteOf(ran, options, dev);
  if (options.report !== undefined) {
    const { evaluated } = await import('./reporting/evaluated.ts');
    const { writeReport } = await import('./reporting/report.ts');
    const facts = { training: told };
    const report = await evaluated(systems, { ...ranking, split: held, dev: reported, facts, notes: [] });
    await writeReport('train', options.report, report, signal);
  }
  if (out !== undefined) {
    const card = await modelCard({ options, data: embedded, training, held, told, columns: heading, rows });
    await saveTrained(out, prepared, embedded, card, signal);
  }
  const seconds = Number(ran.seconds.toFixed(1));
  if (options.json) {
    const each = systems.map((system) => [keyOf(system), means(columns[keyOf(system)])] as const);
    const facts = { queries: held.queries.length, steps: ran.steps, best: ran.best, seconds, seed };
    console.log(
      JSON.stringify({ ...Object.fromEntries(each), interval: intervals(columns.difference), ...facts }),
    );
    return;
  }
  console.log(table(heading, rows));
  console.log(
    `${held.queries.length} queries of split ${held.name}, means with 95 % intervals (bootstrap by headword)`,
  );
  console.log(`${told} in ${seconds} s, seed ${seed}`);
}

/** Takes the steps, from the last checkpoint on where there is one to go on from. */
async function learned<Query, Document>(
  prepared: Prepared<Query, Document>,
  { training, dev }: Splits,
  options: JobOptions & RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const { folder, sides, dim } = prepared;
  const checkpoints =
    options.checkpoints === undefined
      ? undefined
      : await checkpointsIn(options.checkpoints, { ...options, job: jobOf(options) });
  const last = options.resume ? await checkpoints?.last() : undefined;
  if (options.resume)
    console.error(`train: goes on from ${last === undefined ? 'the beginning' : `step ${last.step}`}`);
  const source = folderSource(prepared, training, sides, options);
  const job = contrast(
    sides,
    source,
    options,
    { dim, index: last?.index, dev: dev && folderDev({ ...prepared, folder }, dev, sides, dim, signal) },
    signal,
  );
  const { shown, looked, close } = await readings<ScoredBatch & Descended>(
    {
      steps: job.steps,
      rate: job.stepping.rate,
      logScale: job.learned['loss.logScale'],
      from: last?.step ?? 0,
    },
    options,
  );
  const every = options['evaluate-every'] ?? Math.ceil(job.steps / 8);
  const { patience, average } = options;
  const ran = await runJob(job, { every, patience, average, checkpoints, last, shown, looked }, signal);
  await close(`${ran.steps} steps`);
  return ran;
}

/** `144 steps of 512 pairs, the best of them 108 (nDCG@10 of dev 0.2101)` */
function noteOf({ steps, best }: Ran, { batch }: JobOptions, dev: Split | undefined): string {
  const kept =
    best && dev && `, kept as they were after ${best.step} (nDCG@10 of ${dev.name} ${best.value.toFixed(4)})`;
  return `${steps} steps of ${batch} pairs${kept ?? ''}`;
}

/** What a program reads the figures of a system by. */
function keyOf({ name }: RankedSystem): string {
  return (
    new Map([
      ['mean-centred', 'centred'],
      ['trained', 'after'],
    ]).get(name) ?? 'before'
  );
}

const SHORT = new Map([['mean-centred', 'centred']]);

/** What decides the result: a checkpoint is of the same or of another job. */
function jobOf(options: JobOptions & RunOptions): Readonly<Record<string, unknown>> {
  const job = Object.fromEntries(Object.keys(JOB.shape).map((name) => [name, Reflect.get(options, name)]));
  return JSON.parse(JSON.stringify(job));
}

async function readNames(path: string): Promise<NamedFolder> {
  return {
    path,
    corpus: await readRecords(join(path, 'corpus.jsonl')),
    queries: await readRecords(join(path, 'queries.jsonl')),
  };
}

/** Refuses what would be refused after long work. */
async function checkBeforeReading(options: JobOptions & RunOptions): Promise<void> {
  const { out, report } = options;
  if (options.resume && options.checkpoints === undefined)
    refuse('train', '--checkpoints must be given where --resume is', 'none');
  if (options.side === 'query' && options.dim !== undefined && options.encoder === 'vectors')
    refuse(
      'train',
      '--dim must be left out where --side is query, whose documents stay as they are',
      options.dim,
    );
  if (out !== undefined) await checkNewFolder('train', out);
  // reports are loaded where one is asked for
  if (report !== undefined) await (await import('./reporting/report.ts')).checkReport('train', report);
  if (options.negatives > 0) await checkIndex(options.index);
}
