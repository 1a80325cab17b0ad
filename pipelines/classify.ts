import { type OperatorFunction, pipe } from 'rxjs';
import type { Embeddings } from '../src/core/batches.ts';
import type { Parameters } from '../src/core/parameters.ts';
import type { Encoder } from '../src/models/model.ts';
import type { Optimizer } from '../src/optimizers/optimizer.ts';
import { descend, type Descended } from '../src/streams/descend.ts';
import { embedRows } from '../src/streams/embed-rows.ts';
import type { EmbeddedRows, LabelledBatch, ScoredRows } from '../src/streams/labelled-batch.ts';

export interface ClassifyOptions<Input> {
  /** what learns */
  readonly encoder: Encoder<Input>;
  /** the loss: `scoreRows(supCon())`, after `mineWithin(batchHard())` where tuples are mined, or `scoreProxies(proxyAnchor(), proxies)` */
  readonly score: OperatorFunction<EmbeddedRows, ScoredRows>;
  /** What the loss learns, by the names it says: `{ 'loss.proxies': proxies }`. @default nothing */
  readonly learned?: Parameters;
  readonly optimizer: Optimizer;
}

/** What a batch of labelled rows goes through: rows come to lie by those of their class. */
export function classify<Input>({
  encoder,
  score,
  learned = {},
  optimizer,
}: ClassifyOptions<Input>): OperatorFunction<LabelledBatch<Input>, ScoredRows & Descended> {
  const parameters = { ...encoder.parameters, ...learned };
  return pipe(embedRows(encoder), score, descend<ScoredRows, Embeddings>(parameters, optimizer));
}
