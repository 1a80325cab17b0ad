import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { matrix, row, type Matrix } from '../../core/matrix.ts';
import { REDUCTIONS, shareOf, type Reduction } from '../loss.ts';
import { ask, inSteps, pause, type PromisedLoss, type Steps } from '../promised.ts';
import { checkProxied, proxiedGradients, scaledRows } from './proxied.ts';

/** Rows pooled between two pauses. */
const ROWS = 64;

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
): PromisedLoss<Proxied, ProxiedGradients> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return inSteps(function* (batch, into) {
    const { embeddings, labels, proxies } = batch;
    const classes = checkProxied(where, batch, pooling?.centers);
    const gradients = proxiedGradients(batch, into);
    const x = yield* ask((by) => by.normalize(embeddings));
    const p = yield* ask((by) => by.normalize(proxies));
    const factors = x.norms.map((norm) => (byLength ? scale * norm : scale));
    const scaled = yield* scaledRows(x.unit, factors);

    const similarities = yield* ask((by) => by.timesTransposed(scaled, p.unit));
    const logits = pooling ? yield* pooled(similarities, classes, scale, pooling) : similarities;
    const bent = Array.from(labels, (label, i) => bend(row(logits, i), label, factors[i], curve));
    const { value, terms, active } = yield* ask((by) =>
      by.softmaxCrossEntropy(
        { logits, labels, ignored: -1, smoothing: 0, upstream: shareOf(reduction, embeddings.rows) },
        logits,
      ),
    );

    const lengthwise = new Float64Array(embeddings.rows);
    bent.forEach(({ cosine, bentCosine, slope }, i) => {
      const slopes = row(logits, i);
      lengthwise[i] = slopes[labels[i]] * (bentCosine - slope * cosine);
      slopes[labels[i]] *= slope;
    });
    if (pooling) yield* spread(similarities, logits, pooling);
    const { embeddings: dx, proxies: dp } = gradients;
    yield* ask((by) => by.transposedTimes(similarities, scaled, dp));
    yield* ask((by) => by.normalizeBackward(p, dp, dp));
    yield* ask((by) => by.times(similarities, p.unit, dx));
    if (byLength) {
      // where the right class's logit is scale · |x| · curve(cos) it changes otherwise along x
      const along = x.norms.map((norm) => (norm === 0 ? 0 : scale));
      const more = along.map((each, i) => each * lengthwise[i]);
      yield* ask((by) => by.blendRows(dx, x.unit, along, more, dx));
    } else {
      const norms = x.norms.map((norm) => norm / scale);
      yield* ask((by) => by.normalizeBackward({ unit: x.unit, norms }, dx, dx));
    }
    return { value, terms, active, gradients };
  });
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

function* pooled(
  similarities: Matrix,
  classes: number,
  scale: number,
  { centers, pool }: Pooling,
): Steps<Matrix> {
  const logits = matrix(similarities.rows, classes);
  for (let i = 0; i < logits.rows; i++) {
    for (let e = i * classes; e < (i + 1) * classes; e++) {
      logits.data[e] = pool(similarities.data, e * centers, scale);
    }
    if (i % ROWS === 0) yield* pause();
  }
  return logits;
}

/** Chain rule of `pooled`: each center's derivative times the upstream of its class. */
function* spread(derivatives: Matrix, upstream: Matrix, { centers }: Pooling): Steps<void> {
  for (let e = 0; e < upstream.data.length; e++) {
    for (let center = e * centers; center < (e + 1) * centers; center++) {
      derivatives.data[center] *= upstream.data[e];
    }
    if (e % (ROWS * upstream.cols) === 0) yield* pause();
  }
}
