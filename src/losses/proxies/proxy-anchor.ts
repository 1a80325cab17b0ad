import type { Proxied, ProxiedGradients } from '../../core/batches.ts';
import { checkFinite, checkOneOf, checkPositive } from '../../core/check.ts';
import { matrix, rowsBetween, stack } from '../../core/matrix.ts';
import { REDUCTIONS, shareOf, type Reduction } from '../loss.ts';
import { ask, inSteps, type PromisedLoss } from '../promised.ts';
import { checkProxied, proxiedGradients, scaledRows } from './proxied.ts';

export interface ProxyAnchorOptions {
  /** How far above 0 the cosines with the right class should be, and how far below the others. @default 0.1 */
  readonly margin?: number;
  /** What cosines are multiplied by: how much more the hardest rows of a class weigh. @default 32 */
  readonly alpha?: number;
  /** @default 'mean', over the classes of the batch where rows are pulled and over all classes where they are pushed */
  readonly reduction?: Reduction;
}

/** What the softmax sees of a row that is not in the sum: exp of it is 0, beside any logit. */
const LEFT_OUT = -1e30;

/**
 * log(1 + Σ_p exp(-α (cos(p, c) - margin))), over the rows p of class c, and log(1 + Σ_n exp(α (cos(n, c) + margin))), over the rows
 * n of others. `terms` are the first of each class and then the second of each.
 *
 * At least 0. A class without rows pulls none: its first term is 0. A zero row has cosine 0 with everything and no gradient. No
 * rows: value 0 and zero gradients.
 *
 * @throws RangeError if margin is not finite, alpha is not a finite number > 0, the shapes do not fit one another, a label is not a
 * class or an entry is not finite
 * @see Kim et al., "Proxy anchor loss for deep metric learning", 2020, eq. 4
 */
export function proxyAnchor({
  margin = 0.1,
  alpha = 32,
  reduction = 'mean',
}: ProxyAnchorOptions = {}): PromisedLoss<Proxied, ProxiedGradients> {
  checkFinite('proxyAnchor', 'margin', margin);
  checkPositive('proxyAnchor', 'alpha', alpha);
  checkOneOf('proxyAnchor', 'reduction', reduction, REDUCTIONS);
  return inSteps(function* (batch, into) {
    const { embeddings, labels, proxies } = batch;
    const classes = checkProxied('proxyAnchor', batch);
    const gradients = proxiedGradients(batch, into);
    const x = yield* ask((by) => by.normalize(embeddings));
    const p = yield* ask((by) => by.normalize(proxies));
    const anchors = yield* scaledRows(p.unit, new Float64Array(classes).fill(alpha));
    // the zero row at the end makes a column for the 1 of each class's sum
    const others = stack(x.unit, matrix(1, embeddings.cols));
    const logits = yield* ask((by) => by.timesTransposed(anchors, others));

    const right = labels.map((label, i) => label * others.rows + i);
    const pull = pulled(
      Float64Array.from(right, (e) => alpha * margin - logits.data[e]),
      labels,
      classes,
    );
    for (const e of right) logits.data[e] = LEFT_OUT;
    for (let c = 0; c < classes; c++) logits.data[(c + 1) * others.rows - 1] = -alpha * margin;
    // log(1 + Σ exp(x + αδ)) is the cross-entropy of -αδ among the x
    const push = yield* ask((by) =>
      by.softmaxCrossEntropy(
        {
          logits,
          labels: new Int32Array(classes).fill(embeddings.rows),
          ignored: -1,
          smoothing: 0,
          upstream: shareOf(reduction, classes),
        },
        logits,
      ),
    );
    const share = shareOf(reduction, new Set(labels).size);
    right.forEach((e, i) => (logits.data[e] = -share * pull.weights[i]));

    const dOthers = yield* ask((by) => by.transposedTimes(logits, anchors));
    const dUnit = rowsBetween(dOthers, 0, embeddings.rows);
    yield* ask((by) => by.normalizeBackward(x, dUnit, gradients.embeddings));
    yield* ask((by) => by.times(logits, others, gradients.proxies));
    const norms = p.norms.map((norm) => norm / alpha);
    yield* ask((by) => by.normalizeBackward({ unit: p.unit, norms }, gradients.proxies, gradients.proxies));
    const terms = new Float32Array(2 * classes);
    terms.set(pull.terms);
    terms.set(push.terms, classes);
    return {
      value: share * pull.terms.reduce((sum, term) => sum + term, 0) + push.value,
      terms,
      active: pull.terms.filter((term) => term > 0).length + push.active,
      gradients,
    };
  });
}

/** log(1 + Σ exp x) of each class's rows, and the derivative of it by the x of each row. */
function pulled(
  x: Float64Array,
  labels: Int32Array,
  classes: number,
): { readonly terms: Float64Array; readonly weights: Float64Array } {
  const most = new Float64Array(classes);
  labels.forEach((label, i) => (most[label] = Math.max(most[label], x[i])));
  const masses = most.map((largest) => Math.exp(-largest));
  const weights = x.map((value, i) => Math.exp(value - most[labels[i]]));
  labels.forEach((label, i) => (masses[label] += weights[i]));
  return {
    terms: masses.map((mass, c) => most[c] + Math.log(mass)),
    weights: weights.map((weight, i) => weight / masses[labels[i]]),
  };
}
