import type { ViewGradients, Views } from '../core/batches.ts';
import type { Judgments } from '../core/judgments.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Gradients } from '../core/parameters.ts';
import type { Mined } from '../miners/miner.ts';
import type { Staleness } from './row-steps.ts';

// What flows through a training pipeline, stage by stage: a stage takes the shape that an earlier one gives, so stages in
// the wrong order do not compile.

export interface Step {
  /** 0 for the first batch of a stream */
  readonly step: number;
}

/** What is embedded of pairs, and what is known of their items: rows, or whatever else an encoder of the side takes. */
export interface PairFeatures<Query = Matrix, Document = Query> extends Omit<
  Views,
  'anchors' | 'positives' | 'negatives'
> {
  readonly anchors: Query;
  readonly positives: Document;
  /** of negatives that came with the pairs */
  readonly negatives?: Document;
  readonly ids: Uint32Array;
}

/** Pairs as a source reads them. */
export interface PairBatch<Query = Matrix, Document = Query> extends Step {
  readonly features: PairFeatures<Query, Document>;
  /** rows; which query each anchor is */
  readonly queryIds: Uint32Array;
  /** rows; the class of each pair, for a loss of classes */
  readonly classes?: Int32Array;
}

/** After `embed`. */
export interface EmbeddedBatch extends Omit<PairBatch, 'features'> {
  /** embeddings of the pairs */
  readonly views: Views & Required<Pick<Views, 'ids'>>;
  /** from the gradients of the views to those of what made them */
  backward(gradients: ViewGradients): Gradients;
}

/** After `mine`. */
export interface MinedBatch extends EmbeddedBatch {
  readonly views: Mined<EmbeddedBatch['views']>;
  /** how many steps ago the negatives' rows were embedded, where that is noted */
  readonly staleness?: Staleness;
}

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
  /** gradients of what the loss itself learns: heads, temperatures and proxies */
  readonly learned: Gradients;
}

/** After `score`. */
export interface ScoredBatch extends EmbeddedBatch, Scored<ViewGradients> {
  /** as of the mined batch */
  readonly staleness?: Staleness;
}

/** Rows of one kind, to be embedded and stored. */
export interface RowBatch extends Step {
  readonly rows: Matrix;
  readonly ids: Uint32Array;
  /** rows; as `Views.labels` */
  readonly labels?: Int32Array;
}

/** Queries to be answered, and what is right. */
export interface QueryBatch extends Step {
  /** embedded as the index's rows are */
  readonly queries: Matrix;
  /** for each query its documents' grades by id */
  readonly judgments: readonly Judgments[];
}
