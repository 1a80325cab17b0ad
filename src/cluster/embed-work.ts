import { refuse } from '../core/check.ts';
import { type Matrix, matrix } from '../core/matrix.ts';
import { load, loadTexts } from '../models/model-file.ts';
import { onnxTexts } from '../models/onnx-texts.ts';
import type { Content } from './content.ts';
import type { EmbedPlan } from './plan.ts';
import type { Work } from './work.ts';

/** Rows, or texts. */
export type Chunk = Matrix | readonly string[];

export type Embedder = (chunk: Chunk) => Promise<Matrix>;

/** What embeds by a plan, here or in a worker. */
export async function embedderOf({ of, model, textModel, side, ...options }: EmbedPlan): Promise<Embedder> {
  const path = (): string => model ?? refuse('embed', '--model or --text-model must be given', 'neither');
  if (of === 'rows') {
    const embed = await load(path(), { side });
    return async (chunk) =>
      embed(isTexts(chunk) ? refuse('embed', 'a chunk must be of rows', 'texts') : chunk);
  }
  const embed = await (textModel === undefined ? loadTexts(path(), { side }) : onnxTexts(textModel, options));
  return async (chunk) => embed(isTexts(chunk) ? chunk : refuse('embed', 'a chunk must be of texts', 'rows'));
}

/** Embeds chunks. */
export function embedWork(plan: EmbedPlan): Work {
  let embedder: Promise<Embedder> | undefined;
  return async (input) => {
    embedder ??= embedderOf(plan);
    return rowsContent(await (await embedder)(readChunk(input)));
  };
}

export function chunkContent(chunk: Chunk): Content {
  if (!isTexts(chunk)) return rowsContent(chunk);
  return { header: { task: 'embed' }, arrays: { texts: new TextEncoder().encode(JSON.stringify(chunk)) } };
}

function readChunk(content: Content): Chunk {
  const { texts } = content.arrays;
  if (!(texts instanceof Uint8Array)) return readRows(content);
  const parsed: unknown = JSON.parse(new TextDecoder().decode(texts));
  return Array.isArray(parsed)
    ? parsed.map(String)
    : refuse('embed', 'a chunk must be of texts', 'something else');
}

function rowsContent({ rows, cols, data }: Matrix): Content {
  return { header: { task: 'embed', rows, cols }, arrays: { data } };
}

export function readRows({ header: { rows, cols }, arrays: { data } }: Content): Matrix {
  return typeof rows === 'number' && typeof cols === 'number' && data instanceof Float32Array
    ? matrix(rows, cols, data)
    : refuse('embed', 'a chunk must be of rows', 'something else');
}

function isTexts(chunk: Chunk): chunk is readonly string[] {
  return Array.isArray(chunk);
}
