import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { type Chunk, chunkContent, type Embedder, embedderOf, readRows } from '../src/cluster/embed-work.ts';
import type { EmbedPlan } from '../src/cluster/plan.ts';
import { checkWhole, refuse } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { chunksOf } from '../src/formats/open-rows.ts';
import { openRows } from '../src/formats/row-files.ts';
import { isTextFile, readTexts } from '../src/formats/text-chunks.ts';
import { ONNX_DTYPES, POOLINGS } from '../src/models/onnx-texts.ts';
import { begunAhead } from './begun-ahead.ts';
import { CLUSTER_OPTIONS } from './cluster-options.ts';
import { withJob } from './cluster.ts';
import { checkOutFile } from './options.ts';
import { progress } from './progress.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What says how a model of elsewhere is used. */
const OF_TEXT_MODEL = {
  pooling: {
    choices: POOLINGS,
    describe: 'what a text is of its tokens, with --text-model: their mean, or the first',
    defaultDescription: 'mean',
    requiresArg: true,
  },
  prefix: {
    type: 'string',
    describe: "before each text, with --text-model: 'query: ', 'passage: '",
    requiresArg: true,
  },
  batch: {
    type: 'number',
    describe: 'texts that go through --text-model at a time',
    defaultDescription: '32',
    requiresArg: true,
  },
  'model-dtype': {
    choices: ONNX_DTYPES,
    describe: 'which file of --text-model',
    defaultDescription: 'fp32',
    requiresArg: true,
  },
  download: { type: 'boolean', describe: 'fetch --text-model where it is not on this machine' },
} as const;

export const EMBED_OPTIONS = {
  model: {
    type: 'string',
    describe: 'model.safetensors that `train --out` or `saveModel` wrote',
    requiresArg: true,
  },
  'text-model': {
    type: 'string',
    describe: 'instead, a model of texts in ONNX: a folder or its name on the Hugging Face hub',
    requiresArg: true,
  },
  side: {
    choices: ['query', 'document'],
    describe: 'whose rows or texts they are, of a model that embeds the two differently',
    requiresArg: true,
  },
  ...OF_TEXT_MODEL,
  array: { type: 'string', describe: 'which array of a .npz or tensor of a .safetensors', requiresArg: true },
  dtype: { choices: ['float16', 'float32'], describe: 'of what is written', default: 'float32' },
  rows: { type: 'number', describe: 'rows or texts in memory at a time', default: 4096, requiresArg: true },
  ...CLUSTER_OPTIONS,
  json: { type: 'boolean', describe: 'end with one JSON object on one line', default: false },
} as const;

/** A model of ours has one way of being used, and one of elsewhere one side. */
export const EMBED_CONFLICTS = { model: ['text-model', ...Object.keys(OF_TEXT_MODEL)], side: 'text-model' };

type EmbedOptions = InferredOptionTypes<typeof EMBED_OPTIONS>;

/** What is embedded, some rows or texts at a time. */
interface Source {
  readonly rows: number;
  /** columns that go in, or texts */
  readonly from: number | 'texts';
  /** columns that come out */
  readonly cols: number;
  readonly embed: Embedder;
  chunks(): AsyncIterable<Chunk>;
}

/** Chunks that workers embed at a time. */
const AHEAD = 8;

/** Embeds the rows or the texts of a file, some at a time, into a .npy file that is there in full or not at all. */
export async function embed(
  input: string,
  out: string,
  options: EmbedOptions,
  signal: AbortSignal,
): Promise<void> {
  checkWhole('embed', '--rows', options.rows, 1);
  if (!out.endsWith('.npy')) refuse('embed', 'OUT must end in .npy', out);
  await checkOutFile('embed', 'OUT', out);
  const plan = planOf(input, options);
  const source =
    plan.of === 'texts' ? await textsOf(input, plan, options, signal) : await rowsOf(input, plan, options);
  const files = plan.model === undefined ? [input] : [input, plan.model];
  await withJob(options, { command: 'embed', plan, files }, async (job) => {
    const elsewhere: Embedder | undefined =
      job && (async (chunk) => readRows((await job.run(chunkContent(chunk), [0]))[0]));
    const shown = progress(`embedding ${input}`);
    const embedded = embeddedChunks(source, elsewhere ?? source.embed, job === undefined ? 1 : AHEAD, signal);
    const told = toldRows(embedded, (done) => shown.at(done / source.rows, job?.workers()));
    await writeNpy(out, told, { rows: source.rows, cols: source.cols, dtype: options.dtype, signal });
    shown.done([`${source.rows} rows`, job?.workers()].filter(Boolean).join('; '));
  });
  const { rows, from, cols } = source;
  if (options.json) console.log(JSON.stringify({ rows, from, to: cols, out }));
  else if (from === 'texts') console.error(`${rows} texts embedded in ${cols} columns: ${out}`);
  else console.error(`${rows} rows of ${from} columns embedded in ${cols}: ${out}`);
}

/** Chunks in their order as they are embedded, so many at a time. */
async function* embeddedChunks(
  { chunks }: Source,
  embedder: Embedder,
  ahead: number,
  signal: AbortSignal,
): AsyncGenerator<Matrix, void, undefined> {
  for await (const { made } of begunAhead(numbered(chunks()), ({ chunk }) => embedder(chunk), ahead))
    yield await unlessAborted(made, signal);
}

/** The same, with word of how many rows have gone by. */
async function* toldRows(
  chunks: AsyncIterable<Matrix>,
  tell: (rows: number) => void,
): AsyncGenerator<Matrix, void, undefined> {
  let done = 0;
  for await (const chunk of chunks) {
    yield chunk;
    done += chunk.rows;
    tell(done);
  }
}

function planOf(input: string, options: EmbedOptions): EmbedPlan {
  const {
    model,
    side,
    pooling,
    prefix,
    batch,
    download,
    'text-model': textModel,
    'model-dtype': dtype,
  } = options;
  const of = isTextFile(input) ? 'texts' : 'rows';
  // workers may stand in another folder
  const path = model && resolve(model);
  const named = textModel && existsSync(textModel) ? resolve(textModel) : textModel;
  return { kind: 'embed', of, model: path, textModel: named, side, pooling, prefix, batch, dtype, download };
}

async function* numbered(chunks: AsyncIterable<Chunk>) {
  let step = 0;
  for await (const chunk of chunks) yield { step: step++, chunk };
}

async function rowsOf(input: string, plan: EmbedPlan, options: EmbedOptions): Promise<Source> {
  if (plan.textModel !== undefined)
    refuse('embed', 'IN must be texts (.jsonl, .jsonl.gz or .parquet) for --text-model', input);
  const embedder = await embedderOf(plan);
  const rows = await openRows(input, options.array);
  // refuses columns that the model does not take
  const { cols } = await embedder(matrix(0, rows.cols)).catch(async (error: unknown) => {
    await rows.close();
    throw error;
  });
  return {
    rows: rows.rows,
    from: rows.cols,
    cols,
    embed: embedder,
    chunks: () => chunksOf('embed', async () => rows, { chunkRows: options.rows }),
  };
}

/** Goes through the file twice: what is wrong with a line is said before anything is embedded. */
async function textsOf(
  input: string,
  plan: EmbedPlan,
  options: EmbedOptions,
  signal: AbortSignal,
): Promise<Source> {
  if (options.array !== undefined) refuse('embed', '--array must be of a file of rows', input);
  const embedder = await embedderOf(plan);
  const chunkRows = options.rows;
  let rows = 0;
  for await (const texts of readTexts(input, { chunkRows })) {
    signal.throwIfAborted();
    rows += texts.length;
  }
  const { cols } = await embedder([]);
  return { rows, from: 'texts', cols, embed: embedder, chunks: () => readTexts(input, { chunkRows }) };
}
