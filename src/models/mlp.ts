import { checkEqual, checkOneOf, checkWhole, refuse } from '../core/check.ts';
import { addTo, matrix, type Matrix, stackedView } from '../core/matrix.ts';
import { kernels } from '../kernels/active.ts';
import { ACTIVATION_KINDS, type ActivationKind } from '../kernels/kernels.ts';
import { biased } from './biased.ts';
import { gaussian } from './gaussian.ts';
import type { Model } from './model.ts';

export interface MlpOptions {
  readonly from: number;
  /** @default from */
  readonly to?: number;
  /** numbers between the layers @default from */
  readonly hidden?: number;
  /** 'gelu' is exact, x Φ(x), as PyTorch's is by default. @default 'gelu' */
  readonly activation?: ActivationKind;
  /** Whether the input is added to the output. @default where from and to are equal */
  readonly residual?: boolean;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * x ↦ x + g(x W + b) V + c with a residual, and without the first x otherwise: W from × hidden (`inner`), b (`innerBias`), V hidden × to
 * (`outer`), c (`outerBias`).
 *
 * W begins normal with variance 2 / from, which keeps the lengths of rows through a relu; V with variance 1 / hidden, but with a residual as
 * zero: the model begins as the identity. Biases begin as zero. Of a zero row they make another.
 *
 * @throws RangeError if from, to or hidden is not a whole number >= 1, activation is another, or there is a residual between different
 *   from and to; at `forward`, if the input has other columns
 * @see He et al., "Delving deep into rectifiers", 2015, eq. 10, of the variance; Hendrycks and Gimpel, "Gaussian error linear units", 2016
 */
export function mlp({
  from,
  to = from,
  hidden = from,
  activation = 'gelu',
  residual = from === to,
  seed = 0,
}: MlpOptions): Model {
  checkWhole('mlp', 'from', from, 1);
  checkWhole('mlp', 'to', to, 1);
  checkWhole('mlp', 'hidden', hidden, 1);
  checkOneOf('mlp', 'activation', activation, ACTIVATION_KINDS);
  if (residual && from !== to) refuse('mlp', `to must be ${from} with a residual`, to);
  const inner = gaussian(from, hidden, Math.sqrt(2 / from), seed, 0);
  const outer = residual ? matrix(hidden, to) : gaussian(hidden, to, 1 / Math.sqrt(hidden), seed, 1);
  const [innerBias, outerBias] = [matrix(1, hidden), matrix(1, to)];
  return {
    parameters: { inner, innerBias, outer, outerBias },
    joined: stackedView,
    forward(input) {
      checkEqual('mlp', 'input.cols', input.cols, from);
      const raised = biased(kernels.times(input, inner), innerBias);
      const active = kernels.activation(activation, raised);
      const output = biased(kernels.times(active, outer), outerBias);
      const innerGradient = (upstream: Matrix): Matrix => {
        const gradient = kernels.timesTransposed(upstream, outer);
        return kernels.activationBackward(activation, raised, gradient, gradient);
      };
      return {
        output: residual ? addTo(output, input) : output,
        backward(upstream) {
          const gradient = innerGradient(upstream);
          return {
            inner: kernels.transposedTimes(input, gradient),
            innerBias: columnSums(gradient),
            outer: kernels.transposedTimes(active, upstream),
            outerBias: columnSums(upstream),
          };
        },
        inputGradient(upstream) {
          const gradient = kernels.timesTransposed(innerGradient(upstream), inner);
          return residual ? addTo(gradient, upstream) : gradient;
        },
      };
    },
  };
}

function columnSums({ cols, data }: Matrix): Matrix {
  const sums = new Float64Array(cols);
  for (let start = 0; start < data.length; start += cols) {
    for (let k = 0; k < cols; k++) sums[k] += data[start + k];
  }
  return matrix(1, cols, Float32Array.from(sums));
}
