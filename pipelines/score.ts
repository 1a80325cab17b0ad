import { join } from 'node:path';
import type { InferredOptionTypes, Options } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { CATALOG, lossNamed } from './losses/catalog.ts';
import { openColumns } from './losses/columns.ts';
import { type Input, inputsOf, kebab, KINDS } from './losses/inputs.ts';
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
  INPUTS.map(({ name }) => [kebab(name), { type: 'string', describe: saysOf(name), requiresArg: true }]),
);

export const SCORE_EPILOGUE = [
  'Inputs are .npy files, cut into batches of --rows rows. Negatives are cut where their owners are if --owned says how many each',
  'anchor owns (a loss that sets anchors against their own alone takes it for one each); otherwise every batch is given all of them.',
  'What every batch is given whole has one gradient, the sum over batches. Gradients are named as their inputs: anchors.npy.',
].join(' ');

type ScoreOptions = InferredOptionTypes<typeof SCORE_OPTIONS> & Readonly<Record<string, unknown>>;

/** Computes a loss of stored rows, batch after batch, and writes its values and gradients. */
export async function score(loss: string, options: ScoreOptions, signal: AbortSignal): Promise<void> {
  const { out, rows: step } = options;
  if (Array.isArray(out)) refuse('score', '--out must be given once', `${out.length} times`);
  const row = lossNamed('score', loss);
  checkWhole('score', '--rows', step, 1);
  const evaluate = row.make(optionTexts(options.option ?? []));
  await checkNewFolder('score', out);
  const columns = await openColumns(`score ${row.name}`, row.takes, inputTexts(options));
  let [batches, values, active, terms] = [0, 0, 0, 0];
  let files: readonly string[] = [];
  try {
    const shown = progress(`scoring ${row.name}`);
    files = await wholeFolder(out, async (folder) => {
      const results = resultFiles(folder, columns.whole);
      try {
        for await (const batch of columns.batches(step)) {
          signal.throwIfAborted();
          const result = evaluate(batch);
          await results.write(result);
          batches++;
          values += result.value;
          active += result.active;
          terms += result.terms?.length ?? 0;
          shown.at(Math.min(1, (batches * step) / columns.rows));
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

  const mean = values / batches;
  const activeShare = terms === 0 ? null : active / terms;
  if (options.json) {
    console.log(
      JSON.stringify({ loss: row.name, rows: columns.rows, batches, mean, active, activeShare, out, files }),
    );
    return;
  }
  const share = activeShare === null ? `${active}` : `${(100 * activeShare).toFixed(1)} % of`;
  console.log(`${row.name}: mean value ${mean.toPrecision(7)} of ${batches} batches, ${share} terms active`);
  console.log(files.map((name) => join(out, `${name}.npy`)).join('\n'));
}

/** What an input is in every loss that has one of the name. */
function saysOf(name: string): string {
  const called = INPUTS.filter((input) => input.name === name);
  return [...new Set(called.map(kindOf))].join('; or ');
}

function kindOf({ kind, along }: Input): string {
  return KINDS[kind] + (along === 'whole' && kind !== 'number' ? ', whole in every batch' : '');
}

function inputTexts(options: Readonly<Record<string, unknown>>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name } of INPUTS) {
    const text = options[kebab(name)];
    if (Array.isArray(text)) refuse('score', `--${kebab(name)} must be given once`, `${text.length} times`);
    if (text !== undefined) texts.set(name, String(text));
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
