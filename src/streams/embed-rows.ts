import { map, type OperatorFunction } from 'rxjs';
import type { Encoder } from '../models/model.ts';
import type { EmbeddedRows, LabelledBatch } from './labelled-batch.ts';

/** What the encoder makes of labelled rows, with their classes and ids. */
export function embedRows<Input>(
  encoder: Encoder<Input>,
): OperatorFunction<LabelledBatch<Input>, EmbeddedRows> {
  return map((batch) => {
    const { output, backward } = encoder.forward(batch.features);
    return {
      ...batch,
      labelled: { embeddings: output, labels: batch.labels, ids: batch.ids },
      backward: ({ embeddings }) => backward(embeddings),
    };
  });
}
