import type { TargetGradients, Targets } from '../core/batches.ts';
import { checkEqual, checkOneOf } from '../core/check.ts';
import { matrix } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { checkFiniteRows } from '../kernels/check-rows.ts';
import type { ElementwiseKind, FocalShape } from '../kernels/kernels.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from './loss.ts';

/** What the losses of numbers against numbers share. */
export interface ElementwiseOptions {
  /** @default 'mean' over all entries */
  readonly reduction?: Reduction;
  /** Whether the result lists its terms, one an entry, row by row: as much memory as the gradient. @default false */
  readonly listTerms?: boolean;
}

/** Which of the kernel's losses, with what: `parameter` as `Elementwise` of kernels.ts says. */
interface Which {
  readonly kind: ElementwiseKind;
  readonly parameter?: number;
  readonly columnWeights?: Float32Array;
  readonly focal?: FocalShape;
  /** what each term is multiplied by, where that is not as the reduction says */
  share?(rows: number, cols: number): number;
}

/** Checks, kernel and reduction of a loss that has one term an entry; `where` names it in refusals. */
export function elementwise(
  where: string,
  { kind, parameter = 0, columnWeights, focal, share }: Which,
  { reduction = 'mean', listTerms = false }: ElementwiseOptions,
): Loss<Targets, TargetGradients> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return ({ predictions, targets, weights }, into = {}) => {
    const { rows, cols } = predictions;
    checkEqual(where, 'targets.rows', targets.rows, rows);
    checkEqual(where, 'targets.cols', targets.cols, cols);
    if (weights !== undefined) {
      checkEqual(where, 'weights.rows', weights.rows, rows);
      checkEqual(where, 'weights.cols', weights.cols, cols);
    }
    const gradients = { ...into, predictions: into.predictions ?? matrix(rows, cols) };
    const upstream = share?.(rows, cols) ?? shareOf(reduction, rows * cols);
    const given = { kind, predictions, targets, weights, columnWeights, parameter, focal, upstream };
    const result = kernels.elementwise(
      { ...given, listed: listTerms },
      gradients.predictions,
      gradients.targets,
    );
    if (Number.isNaN(result.value)) {
      checkFiniteRows(where, 'predictions', predictions);
      checkFiniteRows(where, 'targets', targets);
      if (weights !== undefined) checkFiniteRows(where, 'weights', weights);
    }
    return { ...result, gradients };
  };
}
