import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkPositive } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { marginSoftmax, type ProxyOptions } from './margin-softmax.ts';

export interface NormalizedSoftmaxOptions extends ProxyOptions {
  /** What cosines are divided by. @default 0.05 */
  readonly temperature?: number;
}

/**
 * Softmax cross-entropy over cos(embedding, proxy) / temperature: one term a row.
 *
 * Above 0; log(classes) where all cosines are equal. A zero row has cosine 0 with everything and no gradient.
 *
 * @throws RangeError if temperature is not a finite number > 0, the shapes do not fit one another, a label is not a class or an
 * entry is not finite
 * @see Zhai and Wu, "Classification is a strong baseline for deep metric learning", 2019, section 3.1
 */
export function normalizedSoftmax({
  temperature = 0.05,
  ...options
}: NormalizedSoftmaxOptions = {}): PromisedLoss<Proxied, ProxiedGradients> {
  checkPositive('normalizedSoftmax', 'temperature', temperature);
  return marginSoftmax('normalizedSoftmax', { scale: 1 / temperature }, options);
}
