import type { Matrix } from '../../core/matrix.ts';
import type { Layer } from '../layers.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface BagLayer extends Layer {
  readonly vocabulary: Vocabulary;
}

export function bagLayer(vocabulary: Vocabulary, table: Matrix): BagLayer {
  return { kind: 'bag', parameters: { table }, vocabulary };
}
