import { type Observable, type OperatorFunction, pipe } from 'rxjs';
import type { Embeddings } from '../src/core/batches.ts';
import type { Parameters } from '../src/core/parameters.ts';
import type { Encoder } from '../src/models/model.ts';
import type { Optimizer } from '../src/optimizers/optimizer.ts';
import { descend, type Descended } from '../src/streams/descend.ts';
import { embedRows } from '../src/streams/embed-rows.ts';
import type { EmbeddedRows, LabelledBatch, ScoredRows } from '../src/streams/labelled-batch.ts';
import { labelledRows, type LabelledRowsOptions, type LabelledSource } from '../src/streams/labelled-rows.ts';
import { pull } from '../src/streams/pull.ts';

export interface ClassifyTurnOptions<Input> {
  /** what learns */
  readonly encoder: Encoder<Input>;
  /** the loss: `scoreRows(supCon())`, after `mineWithin(batchHard())` where tuples are mined, or `scoreProxies(proxyAnchor(), proxies)` */
  readonly score: OperatorFunction<EmbeddedRows, ScoredRows>;
  /** What the loss learns, by the names it says: `{ 'loss.proxies': proxies }`. @default nothing */
  readonly learned?: Parameters;
  readonly optimizer: Optimizer;
}

/** What a batch of labelled rows goes through: rows come to lie by those of their class. */
export function classifyTurn<Input>({
  encoder,
  score,
  learned = {},
  optimizer,
}: ClassifyTurnOptions<Input>): OperatorFunction<LabelledBatch<Input>, ScoredRows & Descended> {
  const parameters = { ...encoder.parameters, ...learned };
  return pipe(embedRows(encoder), score, descend<ScoredRows, Embeddings>(parameters, optimizer));
}

export interface ClassifyOptions<Input>
  extends LabelledSource<Input>, LabelledRowsOptions, ClassifyTurnOptions<Input> {}

/**
 * Learns an encoder in which rows lie by those of their class. Each batch comes when its step has been taken, and the next one does not wait for what becomes
 * of it: what needs the parameters to stand still, an evaluation or a checkpoint, goes between two pieces, the second `from` the step where the first ended.
 */
export function classify<Input>(options: ClassifyOptions<Input>): Observable<ScoredRows & Descended> {
  return pull(labelledRows(options, options), classifyTurn(options));
}
