import { map, type OperatorFunction } from 'rxjs';
import type { Matrix } from '../core/matrix.ts';
import { accumulate } from '../core/parameters.ts';
import type { Model } from '../models/model.ts';
import type { MinedBatch } from './batches.ts';

/**
 * Puts what the model makes of the mined negatives now in the place of the rows the index held, and sends their gradients
 * back to the model. Rows from an index are constants of some steps ago: a loss pushes anchors away from where a
 * negative was, and the negative itself never moves.
 */
export function embedNegatives(
  model: Model,
  featuresOf: (ids: Uint32Array) => Matrix,
): OperatorFunction<MinedBatch, MinedBatch> {
  return map((batch) => {
    const { output, backward } = model.forward(featuresOf(batch.views.negativeIds));
    return {
      ...batch,
      views: { ...batch.views, negatives: output },
      backward(gradients) {
        const pairs = batch.backward(gradients);
        return gradients.negatives === undefined ? pairs : accumulate(pairs, backward(gradients.negatives));
      },
    };
  });
}
