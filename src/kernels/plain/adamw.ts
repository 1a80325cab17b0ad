import type { Matrix } from '../../core/matrix.ts';
import type { AdamWStep, Moments } from '../kernels.ts';

export function adamW(
  parameter: Matrix,
  gradient: Matrix,
  { mean, square }: Moments,
  options: AdamWStep,
  rows?: Uint32Array,
): void {
  const { rate, beta1, beta2, epsilon, decay, step } = options;
  // both moments start at 0 and are divided by the share of them that has been filled
  const [meanFilled, squareFilled] = [1 - beta1 ** step, 1 - beta2 ** step];
  const { cols } = gradient;
  for (let i = 0; i < gradient.rows; i++) {
    const at = (rows?.[i] ?? i) * cols;
    for (let k = 0; k < cols; k++) {
      const e = at + k;
      const slope = gradient.data[i * cols + k];
      mean.data[e] = beta1 * mean.data[e] + (1 - beta1) * slope;
      square.data[e] = beta2 * square.data[e] + (1 - beta2) * slope * slope;
      const move = mean.data[e] / meanFilled / (Math.sqrt(square.data[e] / squareFilled) + epsilon);
      parameter.data[e] -= rate * (move + decay * parameter.data[e]);
    }
  }
}
