import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkNonNegative, checkPositive, checkWhole } from '../../core/check.ts';
import type { PromisedLoss } from '../promised.ts';
import { marginSoftmax, type Pooling, type ProxyOptions } from './margin-softmax.ts';

export interface SoftTripleOptions extends ProxyOptions {
  /** Proxies a class. @default 10 */
  readonly centers?: number;
  /** The temperature of the softmax over a class's centers. @default 0.1 */
  readonly gamma?: number;
  /** What the similarity with the right class is lowered by. @default 0.01 */
  readonly margin?: number;
  /** What similarities are multiplied by: the paper's λ. @default 20 */
  readonly scale?: number;
}

/**
 * Softmax cross-entropy over scale · S_c, with S_c - margin for the right class: one term a row. S_c is the mean of the cosines
 * with the centers of class c, each weighing exp(cos / gamma).
 *
 * Above 0. With one center a class it is `cosFace`. A zero row has cosine 0 with everything and no gradient. The paper's
 * regularizer, which draws the centers of a class together, is not part of it.
 *
 * @throws RangeError if centers is not a whole number >= 1 or does not divide the proxies, gamma or scale is not a finite number > 0,
 * margin is not a finite number >= 0, the shapes do not fit one another, a label is not a class or an entry is not finite
 * @see Qian et al., "SoftTriple loss: deep metric learning without triplet sampling", 2019, eq. 7
 */
export function softTriple({
  centers = 10,
  gamma = 0.1,
  margin = 0.01,
  scale = 20,
  ...options
}: SoftTripleOptions = {}): PromisedLoss<Proxied, ProxiedGradients> {
  checkWhole('softTriple', 'centers', centers, 1);
  checkPositive('softTriple', 'gamma', gamma);
  checkNonNegative('softTriple', 'margin', margin);
  checkPositive('softTriple', 'scale', scale);
  return marginSoftmax(
    'softTriple',
    { scale, curve: (similarity) => [similarity - margin, 1], pooling: softmaxMean(centers, gamma) },
    options,
  );
}

function softmaxMean(centers: number, gamma: number): Pooling {
  const shares = new Float64Array(centers);
  return {
    centers,
    pool(similarities, start, scale) {
      const temperature = gamma * scale;
      let most = similarities[start];
      for (let c = 1; c < centers; c++) most = Math.max(most, similarities[start + c]);
      let [mass, mean] = [0, 0];
      for (let c = 0; c < centers; c++) {
        shares[c] = Math.exp((similarities[start + c] - most) / temperature);
        mass += shares[c];
        mean += shares[c] * similarities[start + c];
      }
      mean /= mass;
      for (let c = 0; c < centers; c++) {
        similarities[start + c] = (shares[c] / mass) * (1 + (similarities[start + c] - mean) / temperature);
      }
      return mean;
    },
  };
}
