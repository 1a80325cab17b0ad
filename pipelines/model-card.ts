import { readFile } from 'node:fs/promises';
import { markdownTable } from './markdown-table.ts';
import type { Changed } from './training/figures.ts';
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
  /** what was measured, if anything */
  readonly changed?: Changed;
}

/** A model card in Markdown: what the model is, what it was trained on and how, what it reached, and how to apply it. */
export async function modelCard({ options, learnedFrom, told, dim, changed }: Trained): Promise<string> {
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

Learned from ${escaped(learnedFrom)}.${changed === undefined ? '' : evaluatedOn(changed)}

## Training

${escaped(told)}.

${markdownTable(['option', 'value'], given)}

${changed === undefined ? '' : figuresIn(changed)}## Use

${ofTexts ? USE_OF_TEXTS : USE_OF_ROWS}
Made by nearmiss ${await version()} on Node.js ${process.versions.node}, ${process.platform} ${process.arch}, seed ${options.seed}.
`;
}

function whatItIs({ encoder, model, side, 'text-model': source }: JobOptions): string {
  const learned = model === 'none' ? '' : `${SIDES.get(side)} ${FORMULAS.get(model)}`;
  if (encoder === 'texts') {
    const rest = learned === '' ? '' : ` Then, x being that, ${learned}.`;
    return `A text is the weighted sum of the rows that its words and the runs of their characters have in a table, over its length.${rest}`;
  }
  const given = source === undefined ? 'a vector' : `what \`${escaped(source)}\` makes of a text`;
  return `x is ${given} over its length, less the mean of its side (a zero row stays zero), and ${learned || 'so it stays'}.`;
}

function evaluatedOn({ embedded: { path, corpus, queries }, held }: Changed): string {
  return ` Evaluated on ${held.queries.length} queries of split ${escaped(held.name)} of ${escaped(path)}, which has ${corpus.vectors.rows} documents, of which ${corpus.zeroRows} have no vector, and ${queries.vectors.rows} queries, of which ${queries.zeroRows} have none.`;
}

function figuresIn({ held, heading, rows }: Changed): string {
  return `## Figures

Means over all queries of split ${escaped(held.name)} with 95 % intervals (bootstrap by headword).

${markdownTable(heading, rows)}

`;
}

const USE_OF_ROWS = `\`\`\`sh
npx nearmiss embed --model model.safetensors --side query in.npy out.npy
\`\`\`

\`\`\`js
import { load } from 'nearmiss';

const embed = await load('model.safetensors', { side: 'document' });
\`\`\`

\`model-query.onnx\` and \`model-document.onnx\` do the same in any runtime of ONNX: float32 rows as \`input\`, \`output\` back.
`;

const USE_OF_TEXTS = `\`\`\`sh
npx nearmiss embed --model model.safetensors --side query texts.jsonl out.npy
\`\`\`

\`\`\`js
import { loadTexts } from 'nearmiss';

const embed = await loadTexts('model.safetensors', { side: 'document' });
\`\`\`

\`model-query.onnx\` and \`model-document.onnx\` take what \`paddedBags\` makes of texts.
`;

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
