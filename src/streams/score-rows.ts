import { map, type OperatorFunction } from 'rxjs';
import type { MarginGradients, MarginLabelled, Proxied, ProxiedGradients } from '../core/batches.ts';
import type { Matrix } from '../core/matrix.ts';
import type { Loss } from '../losses/loss.ts';
import type { EmbeddedRows, ScoredRows } from './labelled-batch.ts';
import { withScore } from './score.ts';

/** What a loss of labelled rows learns beside them: see `MarginLabelled`. */
export interface LearnedBeta {
  /** 1 × 1 or classes × 1 */
  readonly beta?: Matrix;
}

/**
 * How bad each batch of labelled rows is, and which way its embeddings should move: by any loss of `Labelled`. A beta that is learned is
 * handed to it as it stands at each batch, and its gradient is learned as `loss.beta`.
 */
export function scoreRows(
  loss: Loss<MarginLabelled, MarginGradients>,
  { beta }: LearnedBeta = {},
): OperatorFunction<EmbeddedRows, ScoredRows> {
  return map((batch) => {
    const result = loss({ ...batch.labelled, ...(beta && { beta }) });
    return withScore(batch, result, result.gradients.beta && { beta: result.gradients.beta });
  });
}

/**
 * The same against learned rows that stand for the classes: labels number them. Their gradient is learned as `loss.proxies`, the name they
 * have among the parameters that `descend` moves.
 */
export function scoreProxies(
  loss: Loss<Proxied, ProxiedGradients>,
  proxies: Matrix,
): OperatorFunction<EmbeddedRows, ScoredRows> {
  return map((batch) => {
    const { embeddings, labels } = batch.labelled;
    const result = loss({ embeddings, labels, proxies });
    return withScore(batch, result, { proxies: result.gradients.proxies });
  });
}
