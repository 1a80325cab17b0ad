import type { Gradients } from '../core/parameters.ts';
import type { Step } from './batches.ts';

/** What every batch is after its loss, whatever its embeddings are: `ScoredBatch` of pairs, `ScoredRows` of labelled rows. */
export interface Scored<EmbeddingGradients> extends Step {
  /** the loss */
  readonly value: number;
  /** terms of the loss above zero */
  readonly active: number;
  /** how many terms there are, where the loss says */
  readonly terms?: number;
  readonly gradients: EmbeddingGradients;
  /** from the gradients of the embeddings to those of what made them */
  backward(gradients: EmbeddingGradients): Gradients;
  /** gradients of what the loss itself learns */
  readonly learned: Gradients;
}
