import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type * as Transformers from '@huggingface/transformers';
import { checkEqual, checkOneOf, checkWhole, refuse } from '../core/check.ts';
import { matrix, type Matrix, row } from '../core/matrix.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import { kernels } from '../kernels/active.ts';

export const POOLINGS = ['mean', 'cls'] as const;
export const ONNX_DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;

export interface OnnxTextsOptions {
  /** What a text is of its tokens: their mean, or the first one. The model's card says which it was trained with. @default 'mean' */
  readonly pooling?: (typeof POOLINGS)[number];
  /** Unit length; a zero row stays zero. @default true */
  readonly normalize?: boolean;
  /** Before each text: `query: ` and `passage: ` for models of the kind of E5. @default none */
  readonly prefix?: string;
  /** Texts that go through the model at a time. @default 32 */
  readonly batch?: number;
  /** Which of its files: fp32 is `onnx/model.onnx`, fp16 `onnx/model_fp16.onnx`, q8 `onnx/model_quantized.onnx`. @default 'fp32' */
  readonly dtype?: (typeof ONNX_DTYPES)[number];
  /** Whether a model that is not on this machine may be fetched from the Hugging Face hub. @default false */
  readonly download?: boolean;
}

/**
 * A model of elsewhere, in ONNX, as a function of texts. It takes the package @huggingface/transformers, which nearmiss does not bring along:
 * `npm install @huggingface/transformers`.
 *
 * The model is a folder with config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx, or the hub's name of one, which must
 * have been fetched before or be fetched now (`download`); nothing is asked of the network otherwise. Texts longer than the model takes
 * are cut. Texts of about one length go through it together, so that little is padded: beyond rounding, an embedding does not depend on
 * its neighbours, but for q8 and other types that quantize a batch at a time.
 *
 * @throws RangeError if an option is not as it must be, the package or the model is missing, or it cannot embed; of what it gives, if an
 *   embedding is not finite, as where a text has no token
 */
export async function onnxTexts(
  model: string,
  {
    pooling = 'mean',
    normalize = true,
    prefix = '',
    batch = 32,
    dtype = 'fp32',
    download = false,
  }: OnnxTextsOptions = {},
): Promise<(texts: readonly string[]) => Promise<Matrix>> {
  checkOneOf('onnxTexts', 'pooling', pooling, POOLINGS);
  checkOneOf('onnxTexts', 'dtype', dtype, ONNX_DTYPES);
  checkWhole('onnxTexts', 'batch', batch, 1);
  const { env, pipeline } = await transformers();
  // of a model that may be fetched, a part may have been
  const elsewhere = download ? [] : [join(env.cacheDir ?? '', model), join(env.localModelPath, model)];
  const place =
    (await folderOf([resolve(model), ...elsewhere])) ??
    (download
      ? model
      : refuse(model, 'must be a folder with a config.json or a model that was fetched before', 'none'));
  const refused = (error: unknown): never =>
    refuse(model, 'must be a model that embeds texts', String(error).replace(/\s*\n\s*/g, ' '));
  const extract = await pipeline('feature-extraction', place, { dtype }).catch(refused);
  const embedded = async (texts: string[]): Promise<Matrix> => {
    const { data, dims } = await extract(texts, { pooling }).catch(refused);
    if (!(data instanceof Float32Array)) return refuse(model, 'must give float32', typeof data);
    checkEqual(model, 'dimensions of what it gives', dims.length, 2);
    return matrix(dims[0], dims[1], data);
  };
  const { cols } = await embedded([`${prefix}text`]);
  return async (texts) => {
    const order = Uint32Array.from(texts, (_, i) => i).sort(
      (a, b) => texts[a].length - texts[b].length || a - b,
    );
    const out = matrix(texts.length, cols);
    for (let start = 0; start < texts.length; start += batch) {
      const chosen = order.subarray(start, start + batch);
      const part = await embedded(Array.from(chosen, (i) => prefix + texts[i]));
      chosen.forEach((i, at) => row(out, i).set(row(part, at)));
    }
    checkFiniteRows(model, 'embeddings', out);
    return normalize ? kernels.normalize(out).unit : out;
  };
}

/** The first that has a model: a path that is whole is never looked for on the network. */
async function folderOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const there = await access(join(path, 'config.json')).then(
      () => true,
      () => false,
    );
    if (there) return resolve(path);
  }
  return undefined;
}

async function transformers(): Promise<typeof Transformers> {
  try {
    return await import('@huggingface/transformers');
  } catch {
    return refuse(
      'onnxTexts',
      'a text model of elsewhere needs the package @huggingface/transformers (npm install @huggingface/transformers)',
      'none installed',
    );
  }
}
