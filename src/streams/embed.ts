import { map, type OperatorFunction } from 'rxjs';
import { addedGradients } from '../core/parameters.ts';
import type { Encoder } from '../models/model.ts';
import { sharedSides, type Sides } from '../models/sides.ts';
import type { EmbeddedBatch, PairBatch } from './batches.ts';

/**
 * Anchors through what embeds queries, and positives, and negatives that came with them, through what embeds documents: one encoder unless
 * sides are given. The gradients of weights that both share add up.
 */
export function embed<Input>(encoder: Encoder<Input>): OperatorFunction<PairBatch<Input>, EmbeddedBatch>;
export function embed<Query, Document>(
  sides: Sides<Query, Document>,
): OperatorFunction<PairBatch<Query, Document>, EmbeddedBatch>;
export function embed<Input>(
  model: Encoder<Input> | Sides<Input, Input>,
): OperatorFunction<PairBatch<Input>, EmbeddedBatch> {
  const { queries, documents } = 'queries' in model ? model : sharedSides(model);
  return map(({ features, ...batch }) => {
    const anchors = queries.forward(features.anchors);
    const positives = documents.forward(features.positives);
    const negatives = features.negatives && documents.forward(features.negatives);
    return {
      ...batch,
      views: {
        ...features,
        anchors: anchors.output,
        positives: positives.output,
        negatives: negatives?.output,
      },
      backward(gradients) {
        const pairs = addedGradients(
          anchors.backward(gradients.anchors),
          positives.backward(gradients.positives),
        );
        return negatives === undefined || gradients.negatives === undefined
          ? pairs
          : addedGradients(pairs, negatives.backward(gradients.negatives));
      },
    };
  });
}
