import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import type { Normalized } from '../../kernels/kernels.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkProxied, proxiedGradients, scaledRows } from './proxied.ts';

/** What the losses that are a softmax over cosines with proxies share. */
export interface ProxyOptions {
  /** @default 'mean' over the rows */
  readonly reduction?: Reduction;
}

/** What the cosine with the right class becomes, and the derivative. */
export type Curve = (cosine: number) => readonly [value: number, slope: number];

/** How the similarities with a class's centers become one. */
export interface Pooling {
  readonly centers: number;
  /** The one, of those from `start` on; its derivative by each is written over that one. `scale` is what makes similarities of cosines. */
  pool(similarities: Float32Array, start: number, scale: number): number;
}

interface MarginSoftmax {
  /** what cosines are multiplied by to be logits */
  readonly scale: number;
  /** whether by the length of the embedding as well */
  readonly byLength?: boolean;
  /** absent where the right class is a class like the others */
  readonly curve?: Curve;
  /** absent where a class has one proxy */
  readonly pooling?: Pooling;
}

/**
 * Softmax cross-entropy of the logits scale · cos(embedding, proxy), of the right class scale · curve(cos): one term a row. The
 * gradient takes the place of the logits.
 */
export function marginSoftmax(
  where: string,
  { scale, byLength = false, curve = (cosine) => [cosine, 1], pooling }: MarginSoftmax,
  { reduction = 'mean' }: ProxyOptions,
): Loss<Proxied, ProxiedGradients> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return (batch, into = {}) => {
    const { embeddings, labels, proxies } = batch;
    const classes = checkProxied(where, batch, pooling?.centers);
    const gradients = proxiedGradients(batch, into);
    const [x, p] = [kernels.normalize(embeddings), kernels.normalize(proxies)];
    const factors = x.norms.map((norm) => (byLength ? scale * norm : scale));
    const scaled = scaledRows(x.unit, factors);

    const similarities = kernels.timesTransposed(scaled, p.unit);
    const logits = pooling ? pooled(similarities, classes, scale, pooling) : similarities;
    const bent = Array.from(labels, (label, i) => bend(row(logits, i), label, factors[i], curve));
    const { value, terms, active } = kernels.softmaxCrossEntropy(
      { logits, labels, ignored: -1, smoothing: 0, upstream: shareOf(reduction, embeddings.rows) },
      logits,
    );

    const lengthwise = new Float64Array(embeddings.rows);
    bent.forEach(({ cosine, bentCosine, slope }, i) => {
      const slopes = row(logits, i);
      lengthwise[i] = slopes[labels[i]] * (bentCosine - slope * cosine);
      slopes[labels[i]] *= slope;
    });
    if (pooling) spread(similarities, logits, pooling);
    const { embeddings: dx, proxies: dp } = gradients;
    kernels.normalizeBackward(p, kernels.transposedTimes(similarities, scaled, dp), dp);
    kernels.times(similarities, p.unit, dx);
    if (byLength) lengthBackward(x, scale, lengthwise, dx);
    else kernels.normalizeBackward({ unit: x.unit, norms: x.norms.map((norm) => norm / scale) }, dx, dx);
    return { value, terms, active, gradients };
  };
}

/** What a curve made of the cosine with the right class. */
interface Bent {
  readonly cosine: number;
  readonly bentCosine: number;
  readonly slope: number;
}

function bend(logits: Float32Array, label: number, factor: number, curve: Curve): Bent {
  const cosine = factor === 0 ? 0 : Math.min(1, Math.max(-1, logits[label] / factor));
  const [bentCosine, slope] = curve(cosine);
  logits[label] = factor * bentCosine;
  return { cosine, bentCosine, slope };
}

function pooled(similarities: Matrix, classes: number, scale: number, { centers, pool }: Pooling): Matrix {
  const logits = matrix(similarities.rows, classes);
  for (let e = 0; e < logits.data.length; e++) logits.data[e] = pool(similarities.data, e * centers, scale);
  return logits;
}

/** Chain rule of `pooled`: each center's derivative times the upstream of its class. */
function spread(derivatives: Matrix, upstream: Matrix, { centers }: Pooling): void {
  for (let e = 0; e < upstream.data.length; e++) {
    for (let center = e * centers; center < (e + 1) * centers; center++) {
      derivatives.data[center] *= upstream.data[e];
    }
  }
}

/**
 * From the slope of scale · x · p to that of the loss, in place: where the right class's logit is scale · |x| · curve(cos),
 * it changes otherwise along x.
 */
function lengthBackward(
  { unit, norms }: Normalized,
  scale: number,
  lengthwise: Float64Array,
  dx: Matrix,
): void {
  norms.forEach((norm, i) => {
    const [direction, slopes] = [row(unit, i), row(dx, i)];
    for (let k = 0; k < slopes.length; k++) {
      slopes[k] = norm === 0 ? 0 : scale * (slopes[k] + lengthwise[i] * direction[k]);
    }
  });
}
