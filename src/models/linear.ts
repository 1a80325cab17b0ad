import { checkEqual, checkWhole } from '../core/check.ts';
import { matrix } from '../core/matrix.ts';
import { random } from '../core/random.ts';
import { kernels } from '../kernels/active.ts';
import type { Model } from './model.ts';

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  /** 'identity' begins as the inputs themselves, cut or padded to `to`; 'random' is normal with variance 1 / from. @default 'random' */
  readonly start?: 'identity' | 'random';
  /** @default 0 */
  readonly seed?: number;
}

/**
 * x ↦ x W, W from × to: a projection. Without a bias a zero row stays a zero row.
 *
 * @throws RangeError if from or to is not a whole number >= 1; at `forward`, if the input has other columns
 */
export function linear({ from, to, start = 'random', seed = 0 }: LinearOptions): Model {
  checkWhole('linear', 'from', from, 1);
  checkWhole('linear', 'to', to, 1);
  const weights = matrix(from, to);
  const { normal } = random(seed);
  for (let i = 0; i < from; i++) {
    for (let k = 0; k < to; k++) {
      weights.data[i * to + k] = start === 'random' ? normal() / Math.sqrt(from) : Number(i === k);
    }
  }
  return {
    parameters: { weights },
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
