import { type Labelled, listOf } from '../../core/batches.ts';
import type { Matrix } from '../../core/matrix.ts';
import { countBelow } from '../../core/nearest-first.ts';
import { firstColumn, type Relatives, relativesIn } from '../../core/relatives.ts';
import { batchDistances } from '../../distances/batch-distances.ts';
import type { DistanceBlocks } from '../../distances/distance-blocks.ts';
import { type TripletRule, violated } from '../triplet-rule.ts';
import type { Relatives as MinedRelatives } from './mined.ts';

/** Anchors, and where triplets are swapped positives, taken at a time: memory is a few times BLOCK × rows. */
const BLOCK = 64;

export interface TripletSum {
  /** of the weighted terms */
  readonly sum: number;
  readonly counted: number;
  /** terms above zero */
  readonly active: number;
  /** of the rows and under them the references, of the sum times a factor */
  readonly gradient: (factor: number) => Matrix;
}

/** One row's distances to all columns, and the slopes along them that are being added up. */
interface From {
  readonly away: Float64Array;
  readonly slopes: Float64Array;
}

interface Anchor extends From, Relatives {
  readonly weight: number;
}

/** What terms come to, and how many are above zero. */
interface Terms {
  readonly sum: number;
  readonly active: number;
}

/**
 * The terms of every (a, p, n) with label(a) = label(p) ≠ label(n): p and n are rows of the batch and references, or references
 * alone, but neither a itself nor a reference of its id. Of mined relatives every one of a positive and a negative among them.
 */
export function everyTriplet(batch: Labelled, rule: TripletRule, mined?: MinedRelatives): TripletSum {
  const { labels, references } = batch;
  // mined numbers are of all rows, whether the batch stands against its references alone or not
  const columns = mined && references ? { ...batch, references: { ...references, alone: false } } : batch;
  const distances = batchDistances(rule.distance, columns);
  const relativesOf =
    mined === undefined
      ? relativesIn(batch)
      : (a: number) => ({ positives: listOf(mined.positives, a), negatives: listOf(mined.negatives, a) });
  const found = [];
  let counted = 0;
  const byLabel = Uint32Array.from(labels.keys()).sort((i, j) => labels[i] - labels[j]);
  for (let start = 0; start < byLabel.length; start += BLOCK) {
    const block = byLabel.subarray(start, start + BLOCK);
    const froms = fromAll(distances, block);
    const anchors = Array.from(block, (a, b) => ({
      ...froms.each[b],
      ...relativesOf(a),
      weight: rule.weightOf?.(a) ?? 1,
    }));
    for (const { positives, negatives } of anchors) counted += positives.length * negatives.length;
    if (rule.swap) found.push(...swapped(anchors, rule, distances, firstColumn(columns)));
    else if (rule.softMargin) found.push(...anchors.flatMap((anchor) => oneByOne(anchor, rule)));
    else found.push(...anchors.map((anchor) => hinged(anchor, rule.margin)));
    froms.note();
  }
  let [sum, active] = [0, 0];
  for (const terms of found) {
    sum += terms.sum;
    active += terms.active;
  }
  return { sum, counted, active, gradient: distances.gradient };
}

function fromAll(distances: DistanceBlocks, block: Uint32Array): { each: readonly From[]; note: () => void } {
  const away = distances.from(block);
  const slopes = new Float64Array(away.length);
  const columns = away.length / block.length;
  return {
    each: Array.from(block, (_, b) => ({
      away: away.subarray(b * columns, (b + 1) * columns),
      slopes: slopes.subarray(b * columns, (b + 1) * columns),
    })),
    note: () => distances.backward(block, away, slopes),
  };
}

/**
 * All hinges of an anchor: with the distances in order, those that a positive or a negative violates are the first ones, and their
 * sum is one of the sums from the first on.
 */
function hinged({ positives, negatives, weight, away, slopes }: Anchor, margin: number): Terms {
  const reaches = Float64Array.from(positives, (p) => away[p] + margin).sort();
  const near = Float64Array.from(negatives, (n) => away[n]).sort();
  const sums = new Float64Array(near.length + 1);
  near.forEach((distance, e) => (sums[e + 1] = sums[e] + distance));
  let [sum, active] = [0, 0];
  for (const p of positives) {
    const within = countBelow(near, away[p] + margin);
    sum += within * (away[p] + margin) - sums[within];
    active += within;
    slopes[p] += weight * within;
  }
  for (const n of negatives) slopes[n] -= weight * (reaches.length - countBelow(reaches, away[n], true));
  return { sum: weight * sum, active };
}

function oneByOne(anchor: Anchor, rule: TripletRule): Terms[] {
  return Array.from(anchor.positives, (p) => withPositive(anchor, p, rule));
}

/** A block of positives at a time, since their distances to the negatives count too. */
function swapped(
  anchors: readonly Anchor[],
  rule: TripletRule,
  distances: DistanceBlocks,
  first: number,
): Terms[] {
  const positives = Uint32Array.from(new Set(anchors.flatMap((anchor) => [...anchor.positives]))).sort();
  const found: Terms[] = [];
  for (let start = 0; start < positives.length; start += BLOCK) {
    const block = positives.subarray(start, start + BLOCK);
    const froms = fromAll(
      distances,
      block.map((p) => first + p),
    );
    const fromOf = new Map(Array.from(block, (p, b) => [p, froms.each[b]] as const));
    for (const anchor of anchors) {
      for (const p of anchor.positives) {
        const other = fromOf.get(p);
        if (other !== undefined) found.push(withPositive(anchor, p, rule, other));
      }
    }
    froms.note();
  }
  return found;
}

/** An anchor and one positive with every negative. */
function withPositive(anchor: Anchor, p: number, rule: TripletRule, other?: From): Terms {
  const { negatives, weight, away, slopes } = anchor;
  let [sum, active] = [0, 0];
  for (const n of negatives) {
    const { term, slope, ofOther } = violated(rule, away[p], away[n], other?.away[n]);
    if (slope === 0) continue;
    sum += weight * term;
    if (term > 0) active++;
    slopes[p] += weight * slope;
    slopes[n] -= weight * slope * (1 - ofOther);
    if (other !== undefined) other.slopes[n] -= weight * slope * ofOther;
  }
  return { sum, active };
}
