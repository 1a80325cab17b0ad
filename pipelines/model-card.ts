import { readFile } from 'node:fs/promises';
import { markdownTable } from './markdown-table.ts';
import { JOB, type JobOptions } from './training/options.ts';

export interface Trained {
  /** as the command was given them, defaults included */
  readonly options: JobOptions;
  /** `87377 pairs of …` */
  readonly learnedFrom: string;
  /** `144 steps of 512 pairs, …` */
  readonly told: string;
  /** columns that come out */
  readonly dim: number;
  /** whether all that is embedded is of one kind @default false */
  readonly oneSide?: boolean;
  readonly figures?: CardFigures;
}

/** What was measured. */
export interface CardFigures {
  /** `1021 queries of …` */
  readonly on: string;
  /** what was resampled together */
  readonly by: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A model card in Markdown: what the model is, what it was trained on and how, what it reached, and how to apply it. */
export async function modelCard({
  options,
  learnedFrom,
  told,
  dim,
  oneSide = false,
  figures,
}: Trained): Promise<string> {
  const given = Object.keys(JOB.shape).flatMap((name) => {
    const value: unknown = Reflect.get(options, name);
    return value === undefined || HOUSEHOLD.has(name) ? [] : [[`\`${name}\``, escaped(String(value))]];
  });
  const ofTexts = options.encoder === 'texts';
  return `---
library_name: nearmiss
tags: [sentence-similarity, feature-extraction, embeddings${ofTexts ? '' : ', adapter'}]
---

# ${ofTexts ? 'An encoder of texts' : 'An adapter of vectors'}

${whatItIs(options)} ${dim} columns come out. Compare by cosine.

## Data

Learned from ${escaped(learnedFrom)}.${figures === undefined ? '' : ` Evaluated on ${escaped(figures.on)}.`}

## Training

${escaped(told)}.

${markdownTable(['option', 'value'], given)}

${figures === undefined ? '' : figuresIn(figures)}## Use

${useOf(ofTexts, oneSide)}
Made by nearmiss ${await version()} on Node.js ${process.versions.node}, ${process.platform} ${process.arch}, seed ${options.seed}.
`;
}

function whatItIs({ encoder, model, side, whiten, labelled, 'text-model': source }: JobOptions): string {
  const learned = model === 'none' ? '' : `${SIDES.get(side)} ${FORMULAS.get(model)}`;
  if (encoder === 'texts') {
    const rest = learned === '' ? '' : ` Then, x being that, ${learned}.`;
    return `A text is the weighted sum of the rows that its words and the runs of their characters have in a table, over its length.${rest}`;
  }
  const mean = labelled === undefined ? ' of its side' : '';
  const spread = whiten && labelled !== undefined ? ', whitened within classes' : '';
  const given = source === undefined ? 'a vector' : `what \`${escaped(source)}\` makes of a text`;
  return `x is ${given} over its length, less the mean${mean} (a zero row stays zero)${spread}, and ${learned || 'so it stays'}.`;
}

function figuresIn({ by, heading, rows }: CardFigures): string {
  return `## Figures

Means with 95 % intervals (bootstrap by ${by}).

${markdownTable(heading, rows)}

`;
}

function useOf(ofTexts: boolean, oneSide: boolean): string {
  const [call, input, one, both, rest] = ofTexts
    ? ['loadTexts', 'texts.jsonl', 'takes', 'take', 'what `paddedBags` makes of texts']
    : [
        'load',
        'in.npy',
        'does',
        'do',
        'the same in any runtime of ONNX: float32 rows as `input`, `output` back',
      ];
  const files = oneSide
    ? `\`model.onnx\` ${one}`
    : `\`model-query.onnx\` and \`model-document.onnx\` ${both}`;
  return `\`\`\`sh
npx nearmiss embed --model model.safetensors ${oneSide ? '' : '--side query '}${input} out.npy
\`\`\`

\`\`\`js
import { ${call} } from 'nearmiss';

const embed = await ${call}('model.safetensors'${oneSide ? '' : ", { side: 'document' }"});
\`\`\`

${files} ${rest}.
`;
}

const SIDES: ReadonlyMap<unknown, string> = new Map([
  ['shared', 'of queries and documents alike it makes'],
  ['query', 'documents stay so, and of queries it makes'],
  ['towers', 'of each side it makes, by other matrices,'],
]);

const FORMULAS: ReadonlyMap<unknown, string> = new Map([
  ['linear', 'x W'],
  ['low-rank', 'x + x A B, A being `down` and B `up`'],
  ['mlp', 'x + gelu(x W + b) V + c, these being `inner`, `innerBias`, `outer` and `outerBias`'],
]);

/** Options that say where things are. */
const HOUSEHOLD = new Set(
  'data train-split dev-split split corpus-vectors query-vectors pairs dev-pairs test-pairs seed'.split(' '),
);

function escaped(text: string): string {
  return text.replaceAll(/[|`]/g, ' ');
}

async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && 'version' in value
    ? String(value.version)
    : 'unknown';
}
