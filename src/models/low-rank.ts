import { checkEqual, checkWhole } from '../core/check.ts';
import { addTo, matrix, type Matrix, stackedView } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { gaussian } from './gaussian.ts';
import type { Model } from './model.ts';

export interface LowRankOptions {
  /** of the rows that go in and come out */
  readonly dim: number;
  /** @default 16 */
  readonly rank?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * x ↦ x + x A B, A dim × rank (`down`) and B rank × dim (`up`): 2 dim rank numbers where a whole projection has dim².
 *
 * It begins as the identity: `down` is normal with variance 1 / dim, and `up` zero. A zero row stays a zero row.
 *
 * @throws RangeError if dim or rank is not a whole number >= 1; at `forward`, if the input has other columns
 * @see Hu et al., "LoRA: low-rank adaptation of large language models", 2022, eq. 3, whose A and B on columns are the transposed `down` and `up` (here
 *   the identity stands for the frozen weights, and there is no alpha / r before the product)
 */
export function lowRank({ dim, rank = 16, seed = 0 }: LowRankOptions): Model {
  checkWhole('lowRank', 'dim', dim, 1);
  checkWhole('lowRank', 'rank', rank, 1);
  const down = gaussian(dim, rank, 1 / Math.sqrt(dim), seed);
  const up = matrix(rank, dim);
  return {
    parameters: { down, up },
    joined: stackedView,
    forward(input) {
      checkEqual('lowRank', 'input.cols', input.cols, dim);
      const inner = kernels.times(input, down);
      const innerGradient = (upstream: Matrix): Matrix => kernels.timesTransposed(upstream, up);
      return {
        output: addTo(kernels.times(inner, up), input),
        backward: (upstream) => ({
          down: kernels.transposedTimes(input, innerGradient(upstream)),
          up: kernels.transposedTimes(inner, upstream),
        }),
        inputGradient: (upstream) => addTo(kernels.timesTransposed(innerGradient(upstream), down), upstream),
      };
    },
  };
}
