import { map, type OperatorFunction } from 'rxjs';
import { accumulate } from '../core/parameters.ts';
import type { Model } from '../models/model.ts';
import type { EmbeddedBatch, PairBatch } from './batches.ts';

/** Anchors and positives through one model. Their gradients add up, since they share its weights. */
export function embed(model: Model): OperatorFunction<PairBatch, EmbeddedBatch> {
  return map((batch) => {
    const anchors = model.forward(batch.features.anchors);
    const positives = model.forward(batch.features.positives);
    return {
      ...batch,
      views: { ...batch.features, anchors: anchors.output, positives: positives.output },
      backward: (gradients) =>
        accumulate(anchors.backward(gradients.anchors), positives.backward(gradients.positives)),
    };
  });
}
