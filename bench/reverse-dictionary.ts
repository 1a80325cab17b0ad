import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { cosine } from '../src/distances/cosine.ts';
import { type DataFolder, readDataFolder, readSplit, type Split } from '../src/formats/data-folder.ts';
import { bootstrap } from '../src/metrics/bootstrap.ts';
import { mean } from '../src/metrics/mean.ts';
import { centered } from '../pipelines/features.ts';
import { type Figure, headwords, retrieval } from '../pipelines/retrieval.ts';
import { signedWithInterval, table, withInterval } from '../pipelines/table.ts';
import { MINING_OPTIONS } from './mining.ts';

export const REVERSE_DICTIONARY_OPTIONS = {
  data: MINING_OPTIONS.data,
  out: {
    type: 'string',
    describe:
      'folder for the trained models, which is made where it is missing; those that are there are not trained again',
    demandOption: true,
    requiresArg: true,
  },
  seeds: { type: 'number', describe: 'models of each kind', default: 3, requiresArg: true },
  split: { type: 'string', describe: 'what is evaluated', default: 'test', requiresArg: true },
} as const;

type Options = InferredOptionTypes<typeof REVERSE_DICTIONARY_OPTIONS>;

/** A training by a job file and, beside it, flags. */
interface Training {
  readonly name: string;
  readonly job: 'adapter' | 'encoder';
  readonly flags: readonly string[];
}

interface Trained extends Training {
  readonly seed: number;
  readonly path: string;
  readonly steps: number;
  readonly seconds: number;
}

const ADAPTER: Training = { name: 'adapter', job: 'adapter', flags: [] };
const ENCODER: Training = { name: 'encoder', job: 'encoder', flags: [] };
/** In-batch negatives alone, and mined ones from half of the steps on, or as the encoder's job has it. */
const SHORT = ['--steps', '600', '--evaluate-every', '600'];
const MINED: readonly (readonly [alone: Training, mined: Training])[] = [
  [
    { name: 'adapter, in-batch alone', job: 'adapter', flags: SHORT },
    {
      name: 'adapter, mined from step 300',
      job: 'adapter',
      flags: [...SHORT, '--negatives', '2', '--mine-from', '300'],
    },
  ],
  // looked at as often
  [{ name: 'encoder, in-batch alone', job: 'encoder', flags: ['--negatives', '0'] }, ENCODER],
];

/**
 * What the jobs in docs/jobs reach on the full reverse dictionary. Trainings see the splits train and dev alone; the split that is evaluated is read once all are
 * done, and every figure is of all its queries.
 */
export async function reverseDictionary({ data, out, seeds, split: name }: Options): Promise<void> {
  checkWhole('bench reverse-dictionary', '--seeds', seeds, 1);
  await mkdir(out, { recursive: true });
  const trained: Trained[] = [];
  for (let seed = 0; seed < seeds; seed++)
    for (const training of [ADAPTER, ENCODER]) trained.push(await train(training, seed, data, out));
  const compared: Trained[] = [];
  for (const [alone, mined] of MINED) {
    const [first, second] = [await train(alone, 0, data, out), await train(mined, 0, data, out)];
    // as many more steps as the mined one's seconds are enough for
    const steps = String(Math.round((first.steps * second.seconds) / first.seconds));
    const every = alone.job === 'adapter' ? steps : String(Math.ceil(Number(steps) / 6));
    const longer = { ...alone, name: `${alone.name}, as many seconds` };
    const flags = [...alone.flags, '--steps', steps, '--evaluate-every', every];
    compared.push(first, second, await train({ ...longer, flags: lastOfEach(flags) }, 0, data, out));
  }

  const folder = await readDataFolder(data);
  const split = await readSplit(folder, name);
  const groups = headwords(folder, split);
  const values = new Map<string, Float64Array>();
  const centred = await valuesOf(centered(folder, await readSplit(folder, 'train')).folder, split);
  for (const { path } of [...trained, ...compared])
    values.set(path, await valuesOf(await vectorsIn(data, path), split));
  const of = ({ path }: Trained): Float64Array => values.get(path) ?? new Float64Array(split.queries.length);
  const figure = (each: Float64Array): Figure => ({
    mean: mean(each),
    interval: bootstrap(each, { groups }),
  });
  const less = (a: Float64Array, b: Float64Array): string =>
    signedWithInterval(figure(a.map((value, q) => value - b[q])));

  const [adapters, encoders] = [ADAPTER, ENCODER].map(({ name: kind }) =>
    trained.filter((each) => each.name === kind),
  );
  const rows = adapters.map((adapter, s) => {
    const [a, e] = [of(adapter), of(encoders[s])];
    return [`seed ${s}`, withInterval(figure(a)), less(a, centred), withInterval(figure(e)), less(e, a)];
  });
  const [a, e] = [pooled(adapters.map(of)), pooled(encoders.map(of))];
  rows.push(['pooled', withInterval(figure(a)), less(a, centred), withInterval(figure(e)), less(e, a)]);
  console.log(
    `nDCG@10 of ${split.queries.length} queries of split ${name}; mean-centred ${withInterval(figure(centred))}\n`,
  );
  console.log(table(['', 'adapter', 'adapter - mean-centred', 'encoder', 'encoder - adapter'], rows));
  console.log('\nmeans with 95 % intervals (bootstrap by headword)\n');
  const lines = compared.map((each, i) => {
    const alone = compared[i - (i % 3)];
    return [
      each.name === ENCODER.name ? 'encoder, mined from step 200' : each.name,
      String(each.steps),
      each.seconds.toFixed(0),
      withInterval(figure(of(each))),
      each === alone ? '' : less(of(each), of(alone)),
    ];
  });
  console.log(table(['', 'steps', 'seconds', 'nDCG@10', 'less in-batch alone'], lines));
  console.log('\nseed 0');
}

const cli = fileURLToPath(new URL('../pipelines/nearmiss.js', import.meta.url));
const jobs = fileURLToPath(new URL('../../docs/jobs/', import.meta.url));
const run = promisify(execFile);

/** Trains in a process of its own, unless that was done; evaluates nothing but dev. */
async function train(training: Training, seed: number, data: string, out: string): Promise<Trained> {
  const path = join(out, `${training.name.replace(/\W+/g, '-')}-${seed}`);
  const told = `${path}.json`;
  const done = await access(told).then(
    () => true,
    () => false,
  );
  if (!done) {
    console.error(`bench reverse-dictionary: training ${training.name}, seed ${seed}`);
    const words = [
      'train',
      '--config',
      join(jobs, `${training.job}.yaml`),
      '--data',
      data,
      '--seed',
      String(seed),
    ];
    const held = ['--split', 'dev', '--dev-split', 'dev', '--out', path, '--json'];
    const { stdout } = await run(process.execPath, [cli, ...words, ...training.flags, ...held]);
    await writeFile(told, stdout);
  }
  const { steps, seconds }: Partial<Record<string, unknown>> = JSON.parse(await readFile(told, 'utf8'));
  if (typeof steps !== 'number' || typeof seconds !== 'number')
    return refuse(told, 'must have steps and seconds', 'something else');
  return { ...training, seed, path, steps, seconds };
}

/** Of a flag that is there twice the last. */
function lastOfEach(flags: readonly string[]): string[] {
  const given = new Map<string, string>();
  for (let i = 0; i < flags.length; i += 2) given.set(flags[i], flags[i + 1]);
  return [...given].flat();
}

function vectorsIn(data: string, path: string): Promise<DataFolder> {
  return readDataFolder(data, {
    corpusVectors: join(path, 'corpus.npy'),
    queryVectors: join(path, 'queries.npy'),
  });
}

async function valuesOf(folder: DataFolder, split: Split): Promise<Float64Array> {
  const { signal } = new AbortController();
  const values = await retrieval(folder, split, { distance: cosine, depth: 1000, task: 'ranking', signal });
  return values['ndcg@10'];
}

/** For each query the mean of what the models of all seeds make of it. */
function pooled(each: readonly Float64Array[]): Float64Array {
  return each[0].map((_, q) => mean(each.map((values) => values[q])));
}
