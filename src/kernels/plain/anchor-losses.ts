import { logistic, softplus } from '../../core/softplus.ts';
import type { AnchorLoss, PairGeometry } from '../kernels.ts';
import { distanceAtNone, farther } from '../pair-geometry.ts';
import {
  type AnchorPairs,
  type AnchorTerms,
  count,
  logSumExp,
  nothing,
  one,
  type Relation,
} from './pair-terms.ts';

/** The terms of one anchor, their slopes written over x. */
export function anchorTerms(loss: AnchorLoss, geometry: PairGeometry, pairs: AnchorPairs): AnchorTerms {
  const away = farther(geometry);
  switch (loss.kind) {
    case 'tupletMargin':
      return tupletMargin(pairs, loss.radians, loss.scale);
    case 'margin':
      return margin(pairs, loss.betas[pairs.anchor], loss.margin, away);
    case 'signalToNoise':
      return signalToNoise(pairs, loss.powers[pairs.anchor], loss.positiveMargin, loss.negativeMargin);
    case 'squaredHinges':
      return squaredHinges(pairs, loss.positiveBound, loss.negativeBound);
    case 'fastAp':
      return fastAp(pairs, loss.bins);
    case 'batchAll':
      return batchAll(pairs, loss.margin, away, loss.soft);
    case 'batchHard':
    case 'batchSemiHard': {
      const at = (x: number): number => distanceAtNone(geometry) + away * x;
      const chosen = loss.kind === 'batchHard' ? batchHard(loss.soft) : batchSemiHard;
      return chosen(pairs, { at, away, margin: loss.margin, everyAnchor: loss.everyAnchor });
    }
  }
}

/** Σ over positives p of log(1 + Σ over negatives of exp(scale (x_n - cos(θ_p - radians)))), x = cos θ. */
function tupletMargin(
  { x, relations, squareApart }: AnchorPairs,
  radians: number,
  scale: number,
): AnchorTerms {
  const negatives = numbersOf(relations, -1);
  const far = logSumExp(x, relations, -1, (s) => scale * s);
  if (negatives.length === 0) return nothing(x);
  let [sum, active, push] = [0, 0, 0];
  for (const p of numbersOf(relations, 1)) {
    // 1 - cos θ of rows that are near is lost in what x is rounded to
    const short = x[p] > 0.9 ? squareApart(p) / 2 : 1 - x[p];
    const cosine = Math.max(-1, 1 - short);
    const sine = Math.sqrt(Math.max(0, short * (1 + cosine)));
    const excess = far - scale * (cosine * Math.cos(radians) + sine * Math.sin(radians));
    sum += softplus(excess);
    if (softplus(excess) > 0) active++;
    const slope = scale * logistic(excess);
    push += slope;
    // as far as rows are known to be neither the same way nor opposite ways
    x[p] =
      sine > (cosine > 0 ? 1e-6 : 1e-3)
        ? slope * ((Math.sin(radians) * cosine) / sine - Math.cos(radians))
        : 0;
  }
  for (const n of negatives) x[n] = push * Math.exp(scale * x[n] - far);
  return together(x, relations, { sum, counted: count(relations, 1), active });
}

/** Σ over triplets of max(0, away (x_p - beta) + margin) + max(0, away (beta - x_n) + margin). */
function margin({ x, relations }: AnchorPairs, beta: number, room: number, away: 1 | -1): AnchorTerms {
  const counts = { positive: count(relations, 1), negative: count(relations, -1) };
  let [sum, active] = [0, 0];
  for (let j = 0; j < x.length; j++) {
    const way = relations[j] * away;
    const excess = way * (x[j] - beta) + room;
    // each hinge is in as many triplets as there are rows of the other kind
    const triplets =
      relations[j] === 0 || excess <= 0 ? 0 : relations[j] === 1 ? counts.negative : counts.positive;
    if (triplets > 0) sum += triplets * excess;
    active += triplets;
    x[j] = triplets * way;
  }
  return together(x, relations, { sum, counted: counts.positive * counts.negative, active });
}

/** max(0, x / power - m_p) of positives and max(0, m_n - x / power) of negatives, none where there is no power. */
function signalToNoise(
  { x, relations }: AnchorPairs,
  power: number,
  positiveMargin: number,
  negativeMargin: number,
): AnchorTerms {
  if (power === 0) return nothing(x);
  return ofKinds(x, relations, (value, relation) => {
    const excess = relation * (value / power - (relation === 1 ? positiveMargin : negativeMargin));
    return excess > 0 ? [excess, relation / power] : [0, 0];
  });
}

/** max(0, b_p - x)² of positives and max(0, x - b_n)² of negatives. */
function squaredHinges(
  { x, relations }: AnchorPairs,
  positiveBound: number,
  negativeBound: number,
): AnchorTerms {
  return ofKinds(x, relations, (value, relation) => {
    const excess = Math.max(0, -relation * (value - (relation === 1 ? positiveBound : negativeBound)));
    return [excess ** 2, -2 * relation * excess];
  });
}

/** A term and its slope for each pair, positives and negatives apart. */
function ofKinds(
  x: Float64Array,
  relations: readonly Relation[],
  termOf: (x: number, relation: 1 | -1) => readonly [term: number, slope: number],
): AnchorTerms {
  const [sums, active]: [number, number][] = [
    [0, 0],
    [0, 0],
  ];
  const apart = new Float64Array(x.length);
  for (let j = 0; j < x.length; j++) {
    const relation = relations[j];
    const [term, slope] = relation === 0 ? [0, 0] : termOf(x[j], relation);
    const kind = relation === 1 ? 0 : 1;
    sums[kind] += term;
    if (term > 0) active[kind]++;
    x[j] = kind === 0 ? slope : 0;
    apart[j] = kind === 1 ? slope : 0;
  }
  return { sums, counted: [count(relations, 1), count(relations, -1)], active, apart };
}

/** 1 - (1 / |P|) Σ over bins of h H / T, x a squared distance in [0, 4]: h positives in a bin, H those up to it, T all rows up to it. */
function fastAp({ x, relations }: AnchorPairs, bins: number): AnchorTerms {
  const positives = count(relations, 1);
  if (positives === 0) return nothing(x);
  const [h, others] = [new Float64Array(bins + 2), new Float64Array(bins + 2)];
  for (let j = 0; j < x.length; j++) {
    if (relations[j] === 0) continue;
    const { bin, past } = binOf(x[j], bins);
    const histogram = relations[j] === 1 ? h : others;
    histogram[bin] += 1 - past;
    histogram[bin + 1] += past;
  }
  const [H, T] = [new Float64Array(bins + 1), new Float64Array(bins + 1)];
  let precision = 0;
  for (let b = 0; b <= bins; b++) {
    H[b] = (H[b - 1] ?? 0) + h[b];
    T[b] = (T[b - 1] ?? 0) + h[b] + others[b];
    if (h[b] > 0) precision += (h[b] * H[b]) / T[b];
  }
  // the slopes of precision along h_b and along the others of bin b, whose part in H and T is in all bins from b on
  const [ofPositive, ofNegative] = [new Float64Array(bins + 2), new Float64Array(bins + 2)];
  let [alongH, alongT] = [0, 0];
  for (let b = bins; b >= 0; b--) {
    if (h[b] > 0) {
      alongH += h[b] / T[b];
      alongT -= (h[b] * H[b]) / T[b] ** 2;
    }
    ofPositive[b] = (h[b] > 0 ? H[b] / T[b] : 0) + alongH + alongT;
    ofNegative[b] = alongT;
  }
  const slope = -bins / (4 * positives);
  for (let j = 0; j < x.length; j++) {
    const { bin, past } = binOf(x[j], bins);
    const along = relations[j] === 1 ? ofPositive : ofNegative;
    x[j] = relations[j] !== 0 && past > 0 ? slope * (along[bin + 1] - along[bin]) : 0;
  }
  return one(Math.max(0, 1 - precision / positives));
}

/** The bin whose center is at or before a squared distance in [0, 4], and how far past it, as a share of the way to the next. */
function binOf(squared: number, bins: number): { readonly bin: number; readonly past: number } {
  const at = (Math.min(Math.max(squared, 0), 4) / 4) * bins;
  const bin = Math.floor(at);
  return { bin, past: at - bin };
}

/** Σ over positives and negatives of max(0, away (x_p - x_n) + margin), or of log(1 + exp) of the same. */
function batchAll({ x, relations }: AnchorPairs, room: number, away: 1 | -1, soft: boolean): AnchorTerms {
  const [positives, negatives] = [numbersOf(relations, 1), numbersOf(relations, -1)];
  const slopes = new Float64Array(x.length);
  let [sum, active] = [0, 0];
  for (const p of positives) {
    for (const n of negatives) {
      const excess = away * (x[p] - x[n]) + room;
      const [term, slope] = hinge(excess, soft);
      sum += term;
      if (term > 0) active++;
      slopes[p] += away * slope;
      slopes[n] -= away * slope;
    }
  }
  x.set(slopes);
  return together(x, relations, { sum, counted: positives.length * negatives.length, active });
}

interface Chosen {
  /** the distance that belongs to x */
  readonly at: (x: number) => number;
  readonly away: 1 | -1;
  readonly margin: number;
  readonly everyAnchor: boolean;
}

/**
 * max(0, d_p - d_n + margin), or log(1 + exp) of the same, of the farthest positive and the nearest negative, the first of several; a
 * positive there is none of is at distance 0, a negative as far as the positive.
 */
function batchHard(soft: boolean) {
  return ({ x, relations }: AnchorPairs, { at, away, margin: room, everyAnchor }: Chosen): AnchorTerms => {
    const p = best(x, numbersOf(relations, 1), away);
    const n = best(x, numbersOf(relations, -1), -away);
    if (!everyAnchor && (p === undefined || n === undefined)) return nothing(x);
    const near = p === undefined ? 0 : at(x[p]);
    const far = n === undefined ? near : at(x[n]);
    const [term, slope] = hinge(near - far + room, soft);
    x.fill(0);
    if (p !== undefined && n !== undefined) x[p] = away * slope;
    if (n !== undefined) x[n] = -away * slope;
    return one(term);
  };
}

/**
 * Σ over positives of max(0, d_p - d_n + margin), of the nearest negative that is farther than the positive, and where there is none the
 * farthest, the first of several; where there are no negatives at all, they are at distance 0.
 */
function batchSemiHard(
  { x, relations }: AnchorPairs,
  { at, away, margin: room, everyAnchor }: Chosen,
): AnchorTerms {
  const [positives, negatives] = [numbersOf(relations, 1), numbersOf(relations, -1)];
  if (!everyAnchor && negatives.length === 0) return nothing(x);
  const farthest = best(x, negatives, away);
  const slopes = new Float64Array(x.length);
  let [sum, active] = [0, 0];
  for (const p of positives) {
    const farther = negatives.filter((n) => away * x[n] > away * x[p]);
    const n = best(x, farther, -away) ?? farthest;
    const excess = at(x[p]) - (n === undefined ? 0 : at(x[n])) + room;
    if (excess <= 0) continue;
    sum += excess;
    active++;
    slopes[p] += away;
    if (n !== undefined) slopes[n] -= away;
  }
  x.set(slopes);
  return together(x, relations, { sum, counted: positives.length, active });
}

function hinge(excess: number, soft: boolean): readonly [term: number, slope: number] {
  if (soft) return [softplus(excess), logistic(excess)];
  return excess > 0 ? [excess, 1] : [0, 0];
}

/** The first of those where way · x is largest. */
function best(x: Float64Array, numbers: readonly number[], way: number): number | undefined {
  let found: number | undefined;
  for (const j of numbers) if (found === undefined || way * x[j] > way * x[found]) found = j;
  return found;
}

function numbersOf(relations: readonly Relation[], relation: Relation): readonly number[] {
  const numbers: number[] = [];
  relations.forEach((each, j) => {
    if (each === relation) numbers.push(j);
  });
  return numbers;
}

/** Terms of positives and negatives together; what is of no account has no slope. */
function together(
  x: Float64Array,
  relations: readonly Relation[],
  { sum, counted, active }: { readonly sum: number; readonly counted: number; readonly active: number },
): AnchorTerms {
  for (let j = 0; j < x.length; j++) if (relations[j] === 0) x[j] = 0;
  return { sums: [sum, 0], counted: [counted, 0], active: [active, 0] };
}
