import { join } from 'node:path';
import type { InferredOptionTypes, Options } from 'yargs';
import { CATALOG, lossNamed } from '../src/catalog/catalog.ts';
import { inputsOf, KINDS } from '../src/catalog/input.ts';
import { checkWhole, refuse } from '../src/core/check.ts';
import { openColumns } from './losses/columns.ts';
import { flagOf, kebab } from './losses/flags.ts';
import { resultFiles } from './losses/result-files.ts';
import { checkNewFolder, wholeFolder } from './new-folder.ts';
import { progress } from './progress.ts';

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
  const reduction = (texts.get('reduction') ?? row.options.reduction?.byDefault) === 'sum' ? 'sum' : 'mean';
  await checkNewFolder('score', out);
  const columns = await openColumns(`score ${row.name}`, row.takes, inputTexts(options), step);
  let [batches, values, active, terms, termsActive] = [0, 0, 0, 0, 0];
  let files: readonly string[] = [];
  try {
    const shown = progress(`scoring ${row.name}`);
    files = await wholeFolder(out, async (folder) => {
      const results = resultFiles(folder, columns);
      try {
        for await (const cut of columns.batches()) {
          signal.throwIfAborted();
          const result = await compute(cut.columns);
          signal.throwIfAborted();
          await results.write(result, cut);
          batches++;
          values +=
            reduction === 'sum' ? result.value : (result.value * (cut.end - cut.start)) / columns.rows;
          active += result.active;
          terms += result.terms?.length ?? 0;
          termsActive += result.terms?.reduce((count, term) => count + Number(term > 0), 0) ?? 0;
          shown.at(cut.end / columns.rows);
        }
        signal.throwIfAborted();
        return await results.finish();
      } finally {
        await results.close();
      }
    });
    shown.done();
  } finally {
    await columns.close();
  }

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
