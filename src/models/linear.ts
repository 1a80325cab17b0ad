import { checkEqual, checkOneOf, checkWhole } from '../core/check.ts';
import { matrix, type Matrix, stackedView } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { gaussian } from './gaussian.ts';
import type { Model } from './model.ts';
import { orthogonal } from './orthogonal.ts';

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  /**
   * 'identity' begins as the inputs themselves, cut or padded to `to`; 'orthogonal' as a random turn of them, which keeps their
   * lengths and angles where `to` is at least `from`; 'random' is normal with variance 1 / from. @default 'random'
   */
  readonly start?: 'identity' | 'orthogonal' | 'random';
  /** @default 0 */
  readonly seed?: number;
}

/**
 * x ↦ x W, W from × to: a projection. Without a bias a zero row stays a zero row.
 *
 * @throws RangeError if from or to is not a whole number >= 1, or start is another; at `forward`, if the input has other columns
 */
export function linear({ from, to, start = 'random', seed = 0 }: LinearOptions): Model {
  checkWhole('linear', 'from', from, 1);
  checkWhole('linear', 'to', to, 1);
  checkOneOf('linear', 'start', start, ['identity', 'orthogonal', 'random']);
  const weights = STARTS[start](from, to, seed);
  return {
    parameters: { weights },
    joined: stackedView,
    forward(input) {
      checkEqual('linear', 'input.cols', input.cols, from);
      return {
        output: kernels.times(input, weights),
        backward: (upstream) => ({ weights: kernels.transposedTimes(input, upstream) }),
        inputGradient: (upstream) => kernels.timesTransposed(upstream, weights),
      };
    },
  };
}

const STARTS = {
  identity,
  orthogonal,
  random: (from: number, to: number, seed: number) => gaussian(from, to, 1 / Math.sqrt(from), seed),
};

function identity(rows: number, cols: number): Matrix {
  const out = matrix(rows, cols);
  for (let i = 0; i < Math.min(rows, cols); i++) out.data[i * cols + i] = 1;
  return out;
}
