import { readFile } from 'node:fs/promises';
import type { DataFolder, Split } from '../src/formats/data-folder.ts';
import { markdownTable } from './markdown-table.ts';
import { JOB } from './training/options.ts';
import { countPairs } from '../src/streams/pairs.ts';

export interface Trained {
  /** as the command was given them, defaults included */
  readonly options: Readonly<Record<string, unknown>>;
  readonly data: DataFolder;
  readonly training: Split;
  readonly held: Split;
  /** `144 steps of 512 pairs, …` */
  readonly told: string;
  /** what was measured: of each column its name, and a row a metric */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A model card in Markdown: what the model is, what it was trained on and how, what it reached, and how to apply it. */
export async function modelCard({
  options,
  data,
  training,
  held,
  told,
  columns,
  rows,
}: Trained): Promise<string> {
  const { corpus, queries } = data;
  const { cols } = corpus.vectors;
  const { model = 'linear', side = 'shared' } = options;
  const learned = `${SIDES.get(side)} ${FORMULAS.get(model)}`;
  const given = OPTIONS.map((name) => [`\`--${name}\``, String(options[name] ?? 'default')]);
  return `---
library_name: nearmiss
tags: [sentence-similarity, feature-extraction, embeddings, adapter]
---

# An adapter of stored vectors

Embeds a vector of ${cols} columns: x is it over its length, less the mean of its side (a zero row stays zero), and ${learned}. Compare by cosine.

## Data

${markdownTable(
  ['', ''],
  [
    ['folder', `\`${escaped(data.path)}\``],
    ['documents', `${corpus.vectors.rows}, of which ${corpus.zeroRows} have no vector`],
    ['queries', `${queries.vectors.rows}, of which ${queries.zeroRows} have no vector`],
    ['trained on', `${countPairs(training)} pairs of split ${escaped(training.name)}`],
    ['evaluated on', `${held.queries.length} queries of split ${escaped(held.name)}`],
  ],
)}

## Training

${escaped(told)}. InfoNCE over the batch and mined near misses, and a triplet loss beside it.

${markdownTable(['option', 'value'], given)}

## Figures

Means over all queries of split ${escaped(held.name)} with 95 % intervals (bootstrap by headword), on vectors as they are stored, unit vectors less the
mean of their side, and those of this model.

${markdownTable(columns, rows)}

## Use

\`\`\`sh
npx nearmiss embed --model model.safetensors --side query in.npy out.npy
\`\`\`

\`\`\`js
import { load } from 'nearmiss';

const embed = await load('model.safetensors', { side: 'document' });
\`\`\`

\`model-query.onnx\` and \`model-document.onnx\` do the same in any runtime of ONNX: float32 rows × ${cols} as \`input\`, \`output\` back.

Made by nearmiss ${await version()} on Node.js ${process.versions.node}, ${process.platform} ${process.arch}, seed ${String(options.seed)}.
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

/** Whatever decides what is learned. */
const OPTIONS = Object.keys(JOB.shape).filter((name) => !/split|data|vectors/.test(name));

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
