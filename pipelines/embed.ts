import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { chunksOf } from '../src/formats/open-rows.ts';
import { openRows } from '../src/formats/row-files.ts';
import { isTextFile, readTexts } from '../src/formats/text-chunks.ts';
import { load, loadTexts } from '../src/models/model-file.ts';
import { ONNX_DTYPES, onnxTexts, POOLINGS } from '../src/models/onnx-texts.ts';
import type { TextEmbedder } from '../src/models/text/text-embedder.ts';
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
  json: { type: 'boolean', describe: 'end with one JSON object on one line', default: false },
} as const;

/** A model of ours has one way of being used, and one of elsewhere one side. */
export const EMBED_CONFLICTS = { model: ['text-model', ...Object.keys(OF_TEXT_MODEL)], side: 'text-model' };

type EmbedOptions = InferredOptionTypes<typeof EMBED_OPTIONS>;

/** What is embedded, some rows at a time. */
interface Source {
  readonly rows: number;
  /** columns that go in, or texts */
  readonly from: number | 'texts';
  /** columns that come out */
  readonly cols: number;
  embedded(): AsyncIterable<Matrix>;
}

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
  const source = isTextFile(input) ? await textsOf(input, options, signal) : await rowsOf(input, options);
  const { rows, from, cols } = source;
  const shown = progress(`embedding ${input}`);
  let done = 0;
  async function* told(): AsyncGenerator<Matrix, void, undefined> {
    for await (const chunk of source.embedded()) {
      yield chunk;
      done += chunk.rows;
      shown.at(done / rows);
    }
  }
  await writeNpy(out, told(), { rows, cols, dtype: options.dtype, signal });
  shown.done(`${rows} rows`);
  if (options.json) console.log(JSON.stringify({ rows, from, to: cols, out }));
  else if (from === 'texts') console.error(`${rows} texts embedded in ${cols} columns: ${out}`);
  else console.error(`${rows} rows of ${from} columns embedded in ${cols}: ${out}`);
}

async function rowsOf(input: string, options: EmbedOptions): Promise<Source> {
  if (options['text-model'] !== undefined)
    refuse('embed', 'IN must be texts (.jsonl, .jsonl.gz or .parquet) for --text-model', input);
  const model = await load(modelOf(options), { side: options.side });
  const rows = await openRows(input, options.array);
  const { cols } = await ofNone(model, rows.cols).catch(async (error: unknown) => {
    await rows.close();
    throw error;
  });
  return {
    rows: rows.rows,
    from: rows.cols,
    cols,
    async *embedded() {
      for await (const chunk of chunksOf('embed', async () => rows, { chunkRows: options.rows }))
        yield model(chunk);
    },
  };
}

/** What the model makes of no rows: refuses those whose columns it does not take. */
async function ofNone(model: (rows: Matrix) => Matrix, cols: number): Promise<Matrix> {
  return model(matrix(0, cols));
}

/** Goes through the file twice: what is wrong with a line is said before anything is embedded. */
async function textsOf(input: string, options: EmbedOptions, signal: AbortSignal): Promise<Source> {
  if (options.array !== undefined) refuse('embed', '--array must be of a file of rows', input);
  const embedder = await textEmbedder(options);
  const chunkRows = options.rows;
  let rows = 0;
  for await (const texts of readTexts(input, { chunkRows })) {
    signal.throwIfAborted();
    rows += texts.length;
  }
  const { cols } = await embedder([]);
  return {
    rows,
    from: 'texts',
    cols,
    async *embedded() {
      for await (const texts of readTexts(input, { chunkRows }))
        yield await unlessAborted(Promise.resolve(embedder(texts)), signal);
    },
  };
}

async function textEmbedder(options: EmbedOptions): Promise<TextEmbedder> {
  const name = options['text-model'];
  if (name === undefined) return loadTexts(modelOf(options), { side: options.side });
  const { pooling, prefix, batch, download, 'model-dtype': dtype } = options;
  return onnxTexts(name, { pooling, prefix, batch, dtype, download });
}

function modelOf({ model }: EmbedOptions): string {
  return model ?? refuse('embed', '--model or --text-model must be given', 'neither');
}
