import { map, type OperatorFunction } from 'rxjs';
import type { Matrix } from '../core/matrix.ts';
import { addedGradients } from '../core/parameters.ts';
import type { Encoder } from '../models/model.ts';
import { sharedSides, type Sides } from '../models/sides.ts';
import type { EmbeddedBatch, PairBatch } from './batches.ts';

/**
 * Anchors through what embeds queries and positives through what embeds documents: one encoder unless sides are given. The gradients
 * of weights that both share add up.
 */
export function embed(
  model: Encoder<Matrix> | Sides<Matrix, Matrix>,
): OperatorFunction<PairBatch, EmbeddedBatch> {
  const { queries, documents } = 'queries' in model ? model : sharedSides(model);
  return map((batch) => {
    const anchors = queries.forward(batch.features.anchors);
    const positives = documents.forward(batch.features.positives);
    return {
      ...batch,
      views: { ...batch.features, anchors: anchors.output, positives: positives.output },
      backward: (gradients) =>
        addedGradients(anchors.backward(gradients.anchors), positives.backward(gradients.positives)),
    };
  });
}
