import { bagCount, type Bags } from '../../core/bags.ts';

/** Bags as two arrays of one shape. */
export interface PaddedBags {
  /** texts × parts */
  readonly dims: readonly [texts: number, parts: number];
  /** rows of the table; 0 behind a text's own */
  readonly ids: BigInt64Array;
  /** 0 behind a text's own */
  readonly weights: Float32Array;
}

/**
 * The inputs of a model of texts in ONNX, as `saveOnnx` writes it: `paddedBags(textBags(vocabulary)(texts))`. There are as many parts as the
 * largest bag has, and one at least.
 */
export function paddedBags(bags: Bags): PaddedBags {
  const texts = bagCount(bags);
  let parts = 1;
  for (let i = 0; i < texts; i++) parts = Math.max(parts, bags.offsets[i + 1] - bags.offsets[i]);
  const ids = new BigInt64Array(texts * parts);
  const weights = new Float32Array(texts * parts);
  for (let i = 0; i < texts; i++) {
    const [start, end] = [bags.offsets[i], bags.offsets[i + 1]];
    for (let e = start; e < end; e++) ids[i * parts + e - start] = BigInt(bags.ids[e]);
    weights.set(bags.weights.subarray(start, end), i * parts);
  }
  return { dims: [texts, parts], ids, weights };
}
