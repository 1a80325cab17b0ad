import { join } from 'node:path';
import type { InferredOptionTypes, Options } from 'yargs';
import type { NamedLoss, Row } from '../src/catalog/row.ts';
import type { Job } from '../src/cluster/job.ts';
import type { ScorePlan } from '../src/cluster/plan.ts';
import { columnsContent, readResult } from '../src/cluster/score-work.ts';
import { CATALOG, lossNamed } from '../src/catalog/catalog.ts';
import { inputsOf, KINDS } from '../src/catalog/input.ts';
import { checkWhole, refuse } from '../src/core/check.ts';
import { begunAhead } from './begun-ahead.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';
import { withJob } from './cluster.ts';
import { type Columns, type Cut, openColumns } from './losses/columns.ts';
import { flagOf, kebab } from './losses/flags.ts';
import { resultFiles } from './losses/result-files.ts';
import { checkNewFolder, wholeFolder } from './new-folder.ts';
import { progress } from './progress.ts';
import { unlessAborted } from './unless-aborted.ts';

export const SCORE_OPTIONS = {
  out: {
    type: 'string',
    describe: 'new folder for value.npy, terms.npy where the loss lists its terms, and the gradients',
    demandOption: true,
    requiresArg: true,
  },
  option: {
    type: 'string',
    array: true,
    describe: 'an option of the loss, as in --option margin=0.3; again for each further one',
    requiresArg: true,
  },
  rows: {
    type: 'number',
    describe:
      'rows of a batch, each of which is its own loss; the default is as many as `train` sets against one another',
    default: 512,
    requiresArg: true,
  },
  ...CLUSTER_OPTIONS,
  json: { type: 'boolean', describe: 'end with one JSON object on one line', default: false },
} as const;

const INPUTS = [
  ...new Set(
    Object.values(CATALOG)
      .flat()
      .flatMap(({ takes }) => inputsOf(takes)),
  ),
];

/** A flag for each input that a loss of the catalog has. */
export const INPUT_OPTIONS: Readonly<Record<string, Options>> = Object.fromEntries(
  INPUTS.map(({ name, kind }) => [
    kebab(name),
    {
      describe: saysOf(name),
      group: 'Inputs:',
      ...(kind === 'flag' ? { type: 'boolean' } : { type: 'string', requiresArg: true }),
    },
  ]),
);

export const SCORE_EPILOGUE = [
  'Inputs are .npy files, cut into batches of --rows rows; `nearmiss losses LOSS` says which a loss takes. Floats may be float16,',
  'float32 or float64, which is rounded to float32, of one dimension (a column) or two.',
  'Negatives are cut where their owners are if --owned says how many each anchor owns (a loss that sets anchors against their own',
  'alone takes it for one each); otherwise every batch is given all of them.',
  'Triplets, pairs and what is known name rows from 0 on as they stand in the files, and references after the last; they stand in the',
  'order of their batches, and each names rows of one batch.',
  'value.npy has the value of each batch and terms.npy its terms. Gradients are of those values and named as their inputs: anchors.npy;',
  'of what every batch is given whole it is the sum over batches. What is printed is the mean of the values, each weighed by the rows',
  'of its batch, or their sum where the loss is reduced by sum.',
].join(' ');

type ScoreOptions = InferredOptionTypes<typeof SCORE_OPTIONS> & Readonly<Record<string, unknown>>;

/** Computes a loss of stored rows, batch after batch, and writes its values and gradients. */
export async function score(loss: string, options: ScoreOptions, signal: AbortSignal): Promise<void> {
  const { out, rows: step } = options;
  if (Array.isArray(out)) refuse('score', '--out must be given once', `${out.length} times`);
  const row = lossNamed('score', loss);
  checkWhole('score', '--rows', step, 1);
  const texts = optionTexts(options.option ?? []);
  const compute = row.make(texts, flagOf);
  const reduction: 'sum' | 'mean' =
    (texts.get('reduction') ?? row.options.reduction?.byDefault) === 'sum' ? 'sum' : 'mean';
  await checkNewFolder('score', out);
  const inputs = inputTexts(options);
  const columns = await openColumns(`score ${row.name}`, row.takes, inputs, step);
  const plan: ScorePlan = { kind: 'score', loss: row.name, options: Object.fromEntries(texts) };
  let totals: Totals;
  try {
    const files = filesOf(row, inputs);
    totals = await withJob(options, { command: 'score', plan, files }, (job) => {
      const elsewhere: NamedLoss | undefined =
        job && (async (batch) => readResult((await job.run(columnsContent(batch), [0]))[0]));
      const common = { columns, out, name: row.name, reduction, signal, job };
      return scored({ ...common, compute: elsewhere ?? compute, ahead: job === undefined ? 1 : AHEAD });
    });
  } finally {
    await columns.close();
  }
  const { batches, value: values, active, terms, termsActive, files } = totals;

  const activeShare = terms === 0 ? null : termsActive / terms;
  if (options.json) {
    const found = {
      loss: row.name,
      rows: columns.rows,
      batches,
      value: values,
      reduction,
      active,
      activeShare,
    };
    console.log(JSON.stringify({ ...found, out, files }));
    return;
  }
  const share = activeShare === null ? `${active} terms` : `${(100 * activeShare).toFixed(1)} % of terms`;
  const of = reduction === 'sum' ? `sum of ${batches} batches` : `mean of ${batches} batches by their rows`;
  const over = batches === 1 ? '1 batch' : of;
  console.log(`${row.name}: value ${values.toPrecision(7)} (${over}), ${share} above zero`);
  console.log(files.map((name) => join(out, `${name}.npy`)).join('\n'));
}

/** Batches that workers compute at a time. */
const AHEAD = 8;

interface Totals {
  readonly batches: number;
  readonly value: number;
  readonly active: number;
  readonly terms: number;
  readonly termsActive: number;
  readonly files: readonly string[];
}

interface Scoring {
  readonly columns: Columns;
  readonly compute: NamedLoss;
  /** batches that are being computed at a time */
  readonly ahead: number;
  readonly out: string;
  readonly name: string;
  readonly reduction: 'sum' | 'mean';
  readonly signal: AbortSignal;
  readonly job?: Job;
}

/** Computes every batch and writes what comes out, in a folder that is there in full or not at all. */
async function scored({
  columns,
  compute,
  ahead,
  out,
  name,
  reduction,
  signal,
  job,
}: Scoring): Promise<Totals> {
  let [batches, value, active, terms, termsActive] = [0, 0, 0, 0, 0];
  const shown = progress(`scoring ${name}`);
  const files = await wholeFolder(out, async (folder) => {
    const results = resultFiles(folder, columns);
    try {
      const begun = begunAhead(numbered(columns.batches()), ({ cut }) => compute(cut.columns), ahead);
      for await (const {
        batch: { cut },
        made,
      } of begun) {
        signal.throwIfAborted();
        const result = await unlessAborted(made, signal);
        await results.write(result, cut);
        batches++;
        value += reduction === 'sum' ? result.value : (result.value * (cut.end - cut.start)) / columns.rows;
        active += result.active;
        terms += result.terms?.length ?? 0;
        termsActive += result.terms?.reduce((count, term) => count + Number(term > 0), 0) ?? 0;
        shown.at(cut.end / columns.rows, job?.workers());
      }
      signal.throwIfAborted();
      return await results.finish();
    } finally {
      await results.close();
    }
  });
  shown.done(job?.workers());
  return { batches, value, active, terms, termsActive, files };
}

async function* numbered(cuts: AsyncIterable<Cut>) {
  let step = 0;
  for await (const cut of cuts) yield { step: step++, cut };
}

/** The inputs that are files. */
function filesOf({ takes }: Row, inputs: ReadonlyMap<string, string>): string[] {
  return inputsOf(takes).flatMap(({ name, kind }) => {
    const path = inputs.get(name);
    return path === undefined || kind === 'number' || kind === 'flag' ? [] : [path];
  });
}

/** What an input is in every loss that has one of the name. */
function saysOf(name: string): string {
  const called = INPUTS.filter((input) => input.name === name);
  return [...new Set(called.map(({ says, kind }) => `${says} (${KINDS[kind]})`))].join('; or ');
}

function inputTexts(options: Readonly<Record<string, unknown>>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name } of INPUTS) {
    const text = options[kebab(name)];
    if (Array.isArray(text)) refuse('score', `--${kebab(name)} must be given once`, `${text.length} times`);
    if (text !== undefined && text !== false) texts.set(name, String(text));
  }
  return texts;
}

function optionTexts(options: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const option of options) {
    const [, name, text] =
      /^([^=]+)=(.*)$/s.exec(option) ?? refuse('score', '--option must be NAME=VALUE', `'${option}'`);
    if (texts.has(name)) refuse('score', `--option ${name} must be given once`, 'more');
    texts.set(name, text);
  }
  return texts;
}
