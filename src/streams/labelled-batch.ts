import type { Embeddings, Labelled } from '../core/batches.ts';
import type { Gradients } from '../core/parameters.ts';
import type { Step } from './batches.ts';
import type { Scored } from './batches.ts';

/** Rows with a class each, as a source gives them: stage by stage they become `EmbeddedRows` and `ScoredRows`. */
export interface LabelledBatch<Input> extends Step {
  /** what the encoder takes */
  readonly features: Input;
  /** rows */
  readonly labels: Int32Array;
  /** rows; which item each is */
  readonly ids: Uint32Array;
}

/** After `embedRows`, and after `mineWithin` with the tuples that were mined. */
export interface EmbeddedRows extends LabelledBatch<unknown> {
  readonly labelled: Labelled;
  /** from the gradient of the embeddings to those of what made them */
  backward(gradients: Embeddings): Gradients;
}

/** After `scoreRows` or `scoreProxies`. */
export interface ScoredRows extends EmbeddedRows, Scored<Embeddings> {}
