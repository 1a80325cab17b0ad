import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../src/core/check.ts';
import { matrix, type Matrix } from '../src/core/matrix.ts';
import { writeNpy } from '../src/formats/npy.ts';
import { chunksOf } from '../src/formats/open-rows.ts';
import { openRows } from '../src/formats/row-files.ts';
import { load } from '../src/models/model-file.ts';
import { checkOutFile } from './options.ts';
import { progress } from './progress.ts';

export const EMBED_OPTIONS = {
  model: {
    type: 'string',
    describe: 'model.safetensors that `train --out` wrote',
    demandOption: true,
    requiresArg: true,
  },
  side: {
    choices: ['query', 'document'],
    describe: 'whose rows they are, of a model that embeds the two differently',
    requiresArg: true,
  },
  array: { type: 'string', describe: 'which array of a .npz or tensor of a .safetensors', requiresArg: true },
  dtype: { choices: ['float16', 'float32'], describe: 'of what is written', default: 'float32' },
  rows: { type: 'number', describe: 'rows in memory at a time', default: 4096, requiresArg: true },
  json: { type: 'boolean', describe: 'end with one JSON object on one line', default: false },
} as const;

type EmbedOptions = InferredOptionTypes<typeof EMBED_OPTIONS>;

/** Embeds the rows of a file, some at a time, into a .npy file that is there in full or not at all. */
export async function embed(
  input: string,
  out: string,
  options: EmbedOptions,
  signal: AbortSignal,
): Promise<void> {
  checkWhole('embed', '--rows', options.rows, 1);
  if (!out.endsWith('.npy')) refuse('embed', 'OUT must end in .npy', out);
  await checkOutFile('embed', 'OUT', out);
  const model = await load(options.model, { side: options.side });
  const source = await openRows(input, options.array);
  const { rows } = source;
  const { cols } = await ofNone(model, source.cols).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const shown = progress(`embedding ${input}`);
  let done = 0;
  async function* embedded(): AsyncGenerator<Matrix, void, undefined> {
    for await (const chunk of chunksOf('embed', async () => source, { chunkRows: options.rows })) {
      yield model(chunk);
      done += chunk.rows;
      shown.at(done / rows);
    }
  }
  await writeNpy(out, embedded(), { rows, cols, dtype: options.dtype, signal });
  shown.done(`${rows} rows`);
  if (options.json) console.log(JSON.stringify({ rows, from: source.cols, to: cols, out }));
  else console.error(`${rows} rows of ${source.cols} columns embedded in ${cols}: ${out}`);
}

/** What the model makes of no rows: refuses those whose columns it does not take. */
async function ofNone(model: (rows: Matrix) => Matrix, cols: number): Promise<Matrix> {
  return model(matrix(0, cols));
}
