import { map, type OperatorFunction } from 'rxjs';
import type { ScaledViewGradients, Views } from '../core/batches.ts';
import { matrix, type Matrix } from '../core/matrix.ts';
import { named, type Parameters } from '../core/parameters.ts';
import type { Loss, LossResult } from '../losses/loss.ts';
import type { EmbeddedBatch, ScoredBatch } from './batches.ts';

/** What a loss of views learns beside them: see `Views`. */
export interface LearnedScale {
  /** 1 × 1 */
  readonly logScale?: Matrix;
  /** 1 × 1 */
  readonly bias?: Matrix;
}

/**
 * How bad each batch is, and which way its views should move. What the loss itself learns it is handed as it stands at each
 * batch, and its gradients are learned as `loss.…`.
 */
export function score<Batch extends EmbeddedBatch>(
  loss: Loss<Views, ScaledViewGradients>,
  { logScale, bias }: LearnedScale = {},
): OperatorFunction<Batch, Batch & ScoredBatch> {
  return map((batch) => {
    const result = loss({
      ...batch.views,
      ...(logScale && { logScale: logScale.data[0] }),
      ...(bias && { bias: bias.data[0] }),
    });
    return withScore(batch, result, learnedOf(result.gradients));
  });
}

/** A batch and what its loss said of it. @param learned gradients of what the loss itself learns, by its names */
export function withScore<Batch extends object, Slopes>(
  batch: Batch,
  { value, active, terms, gradients }: LossResult<Slopes>,
  learned: Parameters = {},
) {
  return {
    ...batch,
    value,
    active,
    ...(terms && { terms: terms.length }),
    gradients,
    learned: named('loss', learned),
  };
}

function learnedOf({ logScale, bias }: ScaledViewGradients): Parameters {
  return {
    ...(logScale !== undefined && { logScale: number(logScale) }),
    ...(bias !== undefined && { bias: number(bias) }),
  };
}

function number(slope: number): Matrix {
  return matrix(1, 1, Float32Array.of(slope));
}
