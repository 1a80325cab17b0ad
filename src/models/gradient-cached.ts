import { checkEqual, refuse } from '../core/check.ts';
import { rowsBetween, stack, type Matrix } from '../core/matrix.ts';
import { addedGradients, type Gradients } from '../core/parameters.ts';
import type { Encoder } from './model.ts';

/**
 * The same encoder in the memory of one chunk of a batch: what a chunk is made into is kept, and what its chain rule needs is not, so that
 * `backward` makes each chunk once more. Gradients are those of the undivided batch, to rounding, whatever the loss between the two
 * passes.
 *
 * The encoder must make of a row the same whatever stands beside it, and both times: without dropout, and with weights that did not move in
 * between.
 *
 * @param chunksOf parts of an input, in order, at least one: `(rows) => rowChunks(rows, 64)`, or of texts `bagChunks`
 * @throws RangeError at `backward`, if the upstream gradient has not a row for each of the output
 * @see Gao et al., "Scaling deep contrastive learning batch size under memory limited setup", 2021, section 3
 */
export function gradientCached<Input>(
  encoder: Encoder<Input>,
  chunksOf: (input: Input) => readonly Input[],
): Encoder<Input> {
  return {
    parameters: encoder.parameters,
    forward(input) {
      const chunks = chunksOf(input);
      // one after the other: of each forward but the output is let go
      const [first, ...others] = chunks.map((chunk) => encoder.forward(chunk).output);
      const output = stack(first, ...others);
      return {
        output,
        backward(upstream) {
          checkEqual('gradientCached', 'upstream.rows', upstream.rows, output.rows);
          return secondPass(encoder, chunks, upstream);
        },
      };
    },
  };
}

function secondPass<Input>(encoder: Encoder<Input>, chunks: readonly Input[], upstream: Matrix): Gradients {
  let [sum, start]: [Gradients, number] = [{}, 0];
  for (const chunk of chunks) {
    const { output, backward } = encoder.forward(chunk);
    const end = start + output.rows;
    sum = addedGradients(sum, backward(rowsBetween(upstream, start, end)));
    start = end;
  }
  return sum;
}

/** An encoder of elsewhere, of one chunk of a batch at a time: a process, a session of another library. */
export interface ChunkEncoder<Chunk> {
  /** A row for each item of the chunk; the activations need not be kept. */
  embed(chunk: Chunk): Matrix | Promise<Matrix>;
  /** Embeds the chunk again and adds to the encoder's own gradients what the embeddings' gradient comes to. */
  backward(chunk: Chunk, upstream: Matrix): void | Promise<void>;
}

/**
 * The same two passes for an encoder that keeps its parameters to itself: embeds all chunks, one after the other, hands the whole batch to the
 * loss, and goes back through the chunks in their order with what it says.
 *
 * @param gradientOf the loss: a value and the gradient of the embeddings, rows of all chunks one below the other
 * @returns the loss's value
 * @throws RangeError if there are no chunks, they differ in columns, or the gradient has not a row for each embedding
 */
export async function cachedBackward<Chunk>(
  encoder: ChunkEncoder<Chunk>,
  chunks: readonly Chunk[],
  gradientOf: (embeddings: Matrix) => { readonly value: number; readonly gradient: Matrix },
): Promise<number> {
  const parts: Matrix[] = [];
  for (const chunk of chunks) parts.push(await encoder.embed(chunk));
  const [first, ...others] = parts;
  if (first === undefined) refuse('cachedBackward', 'there must be chunks', 'none');
  const embeddings = stack(first, ...others);
  const { value, gradient } = gradientOf(embeddings);
  checkEqual('cachedBackward', 'gradient.rows', gradient.rows, embeddings.rows);
  let start = 0;
  for (const [c, chunk] of chunks.entries()) {
    const end = start + parts[c].rows;
    await encoder.backward(chunk, rowsBetween(gradient, start, end));
    start = end;
  }
  return value;
}
