import { concatMap, from, map, of, type OperatorFunction } from 'rxjs';
import { addedGradients } from '../core/parameters.ts';
import type { Encoder } from '../models/model.ts';
import type { MinedBatch } from './batches.ts';

/**
 * Puts what the model makes of the mined negatives now in the place of the rows the index held, and sends their gradients
 * back to the model. Rows from an index are constants of some steps ago: a loss pushes anchors away from where a
 * negative was, and the negative itself never moves.
 */
export function embedNegatives<Input>(
  model: Encoder<Input>,
  featuresOf: (ids: Uint32Array) => Input | Promise<Input>,
): OperatorFunction<MinedBatch, MinedBatch> {
  return concatMap((batch) => {
    const features = featuresOf(batch.views.negativeIds);
    return (features instanceof Promise ? from(features) : of(features)).pipe(
      map((input) => withEmbedded(batch, model, input)),
    );
  });
}

function withEmbedded<Input>(batch: MinedBatch, model: Encoder<Input>, input: Input): MinedBatch {
  const { output, backward } = model.forward(input);
  return {
    ...batch,
    views: { ...batch.views, negatives: output },
    backward(gradients) {
      const pairs = batch.backward(gradients);
      return gradients.negatives === undefined ? pairs : addedGradients(pairs, backward(gradients.negatives));
    },
  };
}
