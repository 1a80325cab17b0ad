import type { Matrix } from '../../core/matrix.ts';
import type { AdamWStep, Moments } from '../kernels.ts';

export function adamW(
  parameter: Matrix,
  gradient: Matrix,
  { mean, square }: Moments,
  options: AdamWStep,
): void {
  const { rate, beta1, beta2, epsilon, decay, step } = options;
  // both moments start at 0 and are divided by the share of them that has been filled
  const [meanFilled, squareFilled] = [1 - beta1 ** step, 1 - beta2 ** step];
  for (let e = 0; e < parameter.data.length; e++) {
    const slope = gradient.data[e];
    mean.data[e] = beta1 * mean.data[e] + (1 - beta1) * slope;
    square.data[e] = beta2 * square.data[e] + (1 - beta2) * slope * slope;
    const move = mean.data[e] / meanFilled / (Math.sqrt(square.data[e] / squareFilled) + epsilon);
    parameter.data[e] -= rate * (move + decay * parameter.data[e]);
  }
}
