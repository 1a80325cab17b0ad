import { checkEqual } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';
import type { OnnxValue } from '../../formats/onnx.ts';
import type { Layer, OnnxLayer } from '../layers.ts';
import { bagSums } from './embedding-bag.ts';
import { checkVocabulary, textBags, type Vocabulary, vocabularyRows } from './vocabulary.ts';

/** The first layer of a model of texts: `textBags` and `embeddingBag` at rest. */
export interface BagLayer extends Layer {
  readonly kind: 'bag';
  readonly parameters: {
    /** vocabularyRows × dim */
    readonly table: Matrix;
  };
  readonly vocabulary: Vocabulary;
}

/**
 * A table and the vocabulary its rows are of, to be saved as the first layer of a model: a text becomes s / |s|, s = Σ weight · row, as
 * `embeddingBag` makes it of what `textBags` finds.
 *
 * @throws RangeError if the vocabulary is none, or the table has not a row for each of its words and buckets
 */
export function bagLayer(vocabulary: Vocabulary, table: Matrix): BagLayer {
  const layer: BagLayer = { kind: 'bag', parameters: { table }, vocabulary };
  checkBag('bagLayer', layer);
  return layer;
}

export function checkBag(where: string, { vocabulary, parameters }: BagLayer): void {
  checkVocabulary(where, vocabulary);
  checkEqual(where, 'table.rows', parameters.table.rows, vocabularyRows(vocabulary));
}

export function isBag(layer: Layer | undefined): layer is BagLayer {
  return layer !== undefined && 'vocabulary' in layer;
}

/** Texts through such a layer. */
export function throughBag({ vocabulary, parameters }: BagLayer): (texts: readonly string[]) => Matrix {
  const bagsOf = textBags(vocabulary);
  return (texts) => bagSums(bagsOf(texts), parameters.table).unit;
}

/** The sums of such a layer as operators of ONNX, of bags as `paddedBags` gives them. */
export function sumsOnnx({ parameters }: BagLayer): {
  readonly inputs: readonly OnnxValue[];
  readonly start: OnnxLayer;
} {
  const shape = ['texts', 'parts'];
  return {
    inputs: [
      { name: 'ids', dtype: 'int64', shape },
      { name: 'weights', dtype: 'float32', shape },
    ],
    start: {
      tensors: { 'bag.table': parameters.table },
      nodes: [
        { op: 'Gather', inputs: ['bag.table', 'ids'], output: 'bag.rows' },
        {
          op: 'Einsum',
          inputs: ['weights', 'bag.rows'],
          output: 'bag.sums',
          attributes: { equation: 'tp,tpd->td' },
        },
      ],
      output: 'bag.sums',
    },
  };
}
