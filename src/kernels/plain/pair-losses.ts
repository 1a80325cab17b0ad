import { logistic, softplus } from '../../core/softplus.ts';
import type { PairGeometry, PairLoss } from '../kernels.ts';
import { farther } from '../pair-geometry.ts';
import { anchorTerms } from './anchor-losses.ts';
import {
  type AnchorPairs,
  type AnchorTerms,
  count,
  logSumExp,
  meanOf,
  nothing,
  one,
  type Relation,
} from './pair-terms.ts';

/** A loss of all pairs, anchor by anchor. */
export interface PairFormula {
  /** Something of each anchor that the terms of others need first, and its slopes along x. */
  prepare?(pairs: Pick<AnchorPairs, 'x' | 'relations'>): Prepared;
  /**
   * The terms of one anchor, their slopes written over x. Positives and negatives count apart where a loss reduces them
   * apart, as `apart`; else all is in the first.
   */
  of(pairs: AnchorPairs): AnchorTerms;
}

export interface Prepared {
  readonly value: number;
  readonly slopes: Float64Array;
}

export function formula(loss: PairLoss, geometry: PairGeometry): PairFormula {
  switch (loss.kind) {
    case 'softmax':
      return { of: softmax };
    case 'decoupled':
      return { of: decoupled };
    case 'ntXent':
      return { of: ntXent };
    case 'sigmoid':
      return { of: (pairs) => sigmoid(pairs, loss.bias) };
    case 'contrastive':
      return {
        of: (pairs) => contrastive(pairs, loss.positiveMargin, loss.negativeMargin, farther(geometry)),
      };
    case 'multiSimilarity':
      return { of: (pairs) => multiSimilarity(pairs, loss.alpha, loss.beta, loss.base) };
    case 'circle':
      return { of: (pairs) => circle(pairs, loss.margin, loss.gamma) };
    case 'lifted':
      return {
        prepare: (pairs) => nearestNegatives(pairs, loss.negativeMargin, farther(geometry)),
        of: (pairs) => lifted(pairs, loss.positiveMargin, farther(geometry)),
      };
    case 'generalizedLifted':
      return {
        of: (pairs) => generalizedLifted(pairs, loss.positiveMargin, loss.negativeMargin, farther(geometry)),
      };
    case 'nca':
      return { of: nca };
    default:
      return { of: (pairs) => anchorTerms(loss, geometry, pairs) };
  }
}

/** mean over positives p of log(Σ over all of exp x) - x_p: InfoNCE, and with several positives SupCon's L_out. */
function softmax({ x, relations }: AnchorPairs): AnchorTerms {
  const positives = count(relations, 1);
  if (positives === 0) return nothing(x);
  const [near, far] = [logSumExp(x, relations, 1), logSumExp(x, relations, -1)];
  const mean = meanOf(x, relations);
  const term = near - mean + softplus(far - near);
  // a term that float64 would lose in its logits is not above zero
  const active = near + softplus(far - near) > mean ? 1 : 0;
  const away = logistic(far - near);
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === -1) x[j] = away * Math.exp(x[j] - far);
    // not p - 1 / positives, which would be all rounding where the fit is good
    else if (relations[j] === 1)
      x[j] = ((1 - away) * Math.expm1(x[j] - near + Math.log(positives)) - away) / positives;
    else x[j] = 0;
  }
  return { ...one(term), active: [active, 0] };
}

/** log(Σ over negatives of exp x) - mean over positives of x. */
function decoupled({ x, relations }: AnchorPairs): AnchorTerms {
  const positives = count(relations, 1);
  if (positives === 0 || count(relations, -1) === 0) return nothing(x);
  const far = logSumExp(x, relations, -1);
  const term = far - meanOf(x, relations);
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === 0) x[j] = 0;
    else x[j] = relations[j] === -1 ? Math.exp(x[j] - far) : -1 / positives;
  }
  return one(term);
}

/** Σ over positives p of log(1 + Σ over negatives of exp x / exp x_p): a term a positive. */
function ntXent({ x, relations }: AnchorPairs): AnchorTerms {
  const far = logSumExp(x, relations, -1);
  let [sum, pull, active] = [0, 0, 0];
  for (let j = 0; j < x.length; j++) {
    if (relations[j] !== 1) continue;
    const away = far - x[j];
    sum += softplus(away);
    pull += logistic(away);
    x[j] = -logistic(away);
  }
  if (sum > 0) active = 1;
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === -1) x[j] = pull * Math.exp(x[j] - far);
    else if (relations[j] === 0) x[j] = 0;
  }
  return { sums: [sum, 0], counted: [count(relations, 1), 0], active: [active, 0] };
}

/** Σ of softplus(±(x + bias)), + for negatives: SigLIP. */
function sigmoid({ x, relations }: AnchorPairs, bias: number): AnchorTerms {
  let sum = 0;
  for (let j = 0; j < x.length; j++) {
    const sign = -relations[j];
    if (sign !== 0) sum += softplus(sign * (x[j] + bias));
    x[j] = sign === 0 ? 0 : sign * logistic(sign * (x[j] + bias));
  }
  return one(sum);
}

/** max(0, x - positive margin) of positives and max(0, negative margin - x) of negatives; of similarities the other way round. */
function contrastive(
  { x, relations }: AnchorPairs,
  positiveMargin: number,
  negativeMargin: number,
  away: 1 | -1,
): AnchorTerms {
  const [sums, counted, active]: [number, number][] = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  const apart = new Float64Array(x.length);
  for (let j = 0; j < x.length; j++) {
    const kind = relations[j] === 1 ? 0 : 1;
    const excess = kind === 0 ? away * (x[j] - positiveMargin) : away * (negativeMargin - x[j]);
    x[j] = 0;
    if (relations[j] === 0) continue;
    counted[kind]++;
    if (excess <= 0) continue;
    sums[kind] += excess;
    active[kind]++;
    if (kind === 0) x[j] = away;
    else apart[j] = -away;
  }
  return { sums, counted, active, apart };
}

/** log(1 + Σ over positives of exp(-α (x - base))) / α + log(1 + Σ over negatives of exp(β (x - base))) / β. */
function multiSimilarity(
  { x, relations }: AnchorPairs,
  alpha: number,
  beta: number,
  base: number,
): AnchorTerms {
  const near = softplus(logSumExp(x, relations, 1, (s) => -alpha * (s - base)));
  const far = softplus(logSumExp(x, relations, -1, (s) => beta * (s - base)));
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === 0) x[j] = 0;
    else if (relations[j] === 1) x[j] = -Math.exp(-alpha * (x[j] - base) - near);
    else x[j] = Math.exp(beta * (x[j] - base) - far);
  }
  return one(near / alpha + far / beta);
}

/** softplus(log Σ over positives of exp(-γ a (x - 1 + m)) + log Σ over negatives of exp(γ a (x - m))), a constant. */
function circle({ x, relations }: AnchorPairs, margin: number, gamma: number): AnchorTerms {
  const paceOf = (s: number, relation: Relation): number =>
    gamma * Math.max(0, relation === 1 ? 1 + margin - s : s + margin);
  const near = logSumExp(x, relations, 1, (s) => paceOf(s, 1) * (1 - margin - s));
  const far = logSumExp(x, relations, -1, (s) => paceOf(s, -1) * (s - margin));
  if (near === -Infinity || far === -Infinity) return { ...nothing(x), counted: [1, 0] };
  const slope = logistic(near + far);
  for (let j = 0; j < x.length; j++) {
    const pace = paceOf(x[j], relations[j]);
    if (relations[j] === 0) x[j] = 0;
    else if (relations[j] === 1) x[j] = -slope * Math.exp(pace * (1 - margin - x[j]) - near) * pace;
    else x[j] = slope * Math.exp(pace * (x[j] - margin) - far) * pace;
  }
  return one(softplus(near + far));
}

/** Σ over positives of max(0, J)² / 2, J = log(Σ over negatives of either of exp(m_n - x)) + x_p - m_p; of similarities the other way round. */
function lifted(
  { x, relations, prepared, preparedOf }: AnchorPairs,
  positiveMargin: number,
  away: 1 | -1,
): AnchorTerms {
  const others = new Float64Array(x.length);
  let [sum, own] = [0, 0];
  for (let j = 0; j < x.length; j++) {
    const both = logOfSum(prepared, preparedOf(j));
    const excess = relations[j] === 1 ? Math.max(0, both + away * (x[j] - positiveMargin)) : 0;
    x[j] = away * excess;
    if (excess === 0) continue;
    sum += excess ** 2 / 2;
    own += excess * Math.exp(prepared - both);
    others[j] = excess * Math.exp(preparedOf(j) - both);
  }
  return {
    sums: [sum, 0],
    counted: [count(relations, 1), 0],
    active: [sum > 0 ? 1 : 0, 0],
    ofPrepared: { own, others },
  };
}

/** log Σ over negatives of exp(m_n - x); of similarities the other way round. */
function nearestNegatives(
  { x, relations }: Pick<AnchorPairs, 'x' | 'relations'>,
  negativeMargin: number,
  away: 1 | -1,
): Prepared {
  const logit = (d: number): number => away * (negativeMargin - d);
  const value = logSumExp(x, relations, -1, logit);
  const slopes = x.map((d, j) => (relations[j] === -1 ? -away * Math.exp(logit(d) - value) : 0));
  return { value, slopes };
}

/** max(0, log Σ over positives of exp(x - m_p) + log Σ over negatives of exp(m_n - x)), a sum there is none of being 0; of similarities the other way round. */
function generalizedLifted(
  { x, relations }: AnchorPairs,
  positiveMargin: number,
  negativeMargin: number,
  away: 1 | -1,
): AnchorTerms {
  const near = logSumExp(x, relations, 1, (d) => away * (d - positiveMargin));
  const far = logSumExp(x, relations, -1, (d) => away * (negativeMargin - d));
  const term = Math.max(0, (near === -Infinity ? 0 : near) + (far === -Infinity ? 0 : far));
  for (let j = 0; j < x.length; j++) {
    if (term === 0 || relations[j] === 0) x[j] = 0;
    else if (relations[j] === 1) x[j] = away * Math.exp(away * (x[j] - positiveMargin) - near);
    else x[j] = -away * Math.exp(away * (negativeMargin - x[j]) - far);
  }
  return one(term);
}

/** log(exp a + exp b), minus infinity where both are. */
function logOfSum(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === -Infinity ? larger : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/** -log(Σ over positives of exp x / Σ over all of exp x). */
function nca({ x, relations }: AnchorPairs): AnchorTerms {
  if (count(relations, 1) === 0) return nothing(x);
  const [near, far] = [logSumExp(x, relations, 1), logSumExp(x, relations, -1)];
  const away = logistic(far - near);
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === 0) x[j] = 0;
    else x[j] = relations[j] === 1 ? -away * Math.exp(x[j] - near) : away * Math.exp(x[j] - far);
  }
  return one(softplus(far - near));
}
