import { map, type OperatorFunction } from 'rxjs';
import type { Logits } from '../core/batches.ts';
import { checkNonNegative, refuse } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { named } from '../core/parameters.ts';
import type { Loss } from '../losses/loss.ts';
import type { Model } from '../models/model.ts';
import type { ScoredBatch } from './batches.ts';

export interface ClassifyOptions {
  /** What the loss of classes is multiplied by before it joins the other. @default 1 */
  readonly weight?: number;
}

/**
 * Adds a loss of classes to each batch: a head makes logits of the anchors' embeddings, and what the loss wants of them
 * goes back through the head into the anchors' gradients. The head's own gradients are learned as `head.…`.
 *
 * @throws RangeError if weight is not a finite number >= 0, or a batch has no classes
 */
export function classify<Batch extends ScoredBatch>(
  head: Model,
  loss: Loss<Logits, { readonly logits: Matrix }>,
  { weight = 1 }: ClassifyOptions = {},
): OperatorFunction<Batch, Batch> {
  checkNonNegative('classify', 'weight', weight);
  return map((batch) => {
    const labels = batch.classes ?? refuse('classify', 'a batch must have classes', 'none');
    const { output, backward, inputGradient } = head.forward(batch.views.anchors);
    const { value, gradients } = loss({ logits: output, labels });
    const upstream = gradients.logits;
    for (let e = 0; e < upstream.data.length; e++) upstream.data[e] *= weight;
    const anchors = inputGradient(upstream);
    batch.gradients.anchors.data.forEach((slope, e) => (anchors.data[e] += slope));
    return {
      ...batch,
      value: batch.value + weight * value,
      gradients: { ...batch.gradients, anchors },
      learned: { ...batch.learned, ...named('head', backward(upstream)) },
    };
  });
}
