import { type Labelled, listOf } from '../../core/batches.ts';
import { gather, matrix, row, rowsBetween, stack, type Matrix } from '../../core/matrix.ts';
import { firstColumn, type Relatives, relativesIn } from '../../core/relatives.ts';
import { distanceMatrix } from '../../distances/distance-matrix.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { ofUnitRowsAs } from '../../distances/geometry.ts';
import { kernels } from '../../kernels/active.ts';
import { ask, pause, type Steps } from '../promised.ts';
import { type TripletRule, violated } from '../triplet-rule.ts';
import { minedRelatives } from './mined.ts';

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
  readonly away: Float32Array;
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
 * The terms of every (a, p, n) with label(a) = label(p) ≠ label(n), one after the other: p and n are rows of the batch and references, or
 * references alone, but neither a itself nor a reference of its id. Of mined pairs every one of a positive and a negative among them.
 */
export function* everyTriplet(batch: Labelled, rule: TripletRule): Steps<TripletSum> {
  const { embeddings, labels, references } = batch;
  const rows = references === undefined ? embeddings : stack(embeddings, references.embeddings);
  const mined = minedRelatives('triplet', batch);
  // mined numbers are of all rows, whether the batch stands against its references alone or not
  const first = mined === undefined ? firstColumn(batch) : 0;
  const relativesOf =
    mined === undefined
      ? relativesIn(batch)
      : (a: number) => ({ positives: listOf(mined.positives, a), negatives: listOf(mined.negatives, a) });
  const ofUnits = ofUnitRowsAs(rule.distance);
  const normalized = ofUnits && (yield* ask((by) => by.normalize(rows)));
  const noted = new Float64Array(rows.data.length);
  const from = fromRows({
    rows: normalized?.unit ?? rows,
    firstColumn: first,
    distance: ofUnits ?? rule.distance,
    noted,
  });
  let [sum, counted, active] = [0, 0, 0];
  const byLabel = Array.from(labels.keys()).sort((i, j) => labels[i] - labels[j]);
  for (const block of blocksOf(byLabel)) {
    const { each, note } = from(block);
    const anchors = block.map((a, b) => ({
      ...each[b],
      ...relativesOf(a),
      weight: rule.weightOf?.(a) ?? 1,
    }));
    for (const { positives, negatives } of anchors) counted += positives.length * negatives.length;
    for (const others of blocksOf([...new Set(anchors.flatMap(({ positives }) => [...positives]))])) {
      // swapped, a positive's own distances to the negatives count too
      const swapped = rule.swap ? from(others.map((p) => first + p)) : undefined;
      const numberOf = new Map(others.map((p, b) => [p, b]));
      for (const anchor of anchors) {
        for (const p of anchor.positives) {
          const b = numberOf.get(p);
          if (b === undefined) continue;
          const terms = withPositive(anchor, p, rule, swapped?.each[b]);
          sum += terms.sum;
          active += terms.active;
        }
        yield* pause();
      }
      swapped?.note();
    }
    note();
  }
  return {
    sum,
    counted,
    active,
    gradient(factor) {
      const gradient = matrix(
        rows.rows,
        rows.cols,
        Float32Array.from(noted, (slope) => factor * slope),
      );
      return normalized ? kernels.normalizeBackward(normalized, gradient, gradient) : gradient;
    },
  };
}

function blocksOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(numbers.length / BLOCK);
  return Array.from({ length: count }, (_, b) => numbers.slice(b * BLOCK, (b + 1) * BLOCK));
}

interface Space {
  readonly rows: Matrix;
  /** columns are the rows from here on */
  readonly firstColumn: number;
  readonly distance: RowDistance;
  /** rows × dim, where slopes are added up */
  readonly noted: Float64Array;
}

/** Measures some rows, by number, to all columns; `note` takes note of the slopes that have come together. */
function fromRows({ rows, firstColumn, distance, noted }: Space) {
  const columns = rowsBetween(rows, firstColumn, rows.rows);
  return (numbers: readonly number[]): { each: readonly From[]; note: () => void } => {
    const { value, backward } = distanceMatrix(gather(rows, numbers), columns, distance);
    const slopes = new Float64Array(value.data.length);
    return {
      each: numbers.map((_, b) => ({
        away: row(value, b),
        slopes: slopes.subarray(b * columns.rows, (b + 1) * columns.rows),
      })),
      note() {
        const { left, right } = backward(matrix(value.rows, value.cols, Float32Array.from(slopes)));
        numbers.forEach((number, b) => add(noted, number, row(left, b)));
        for (let j = 0; j < right.rows; j++) add(noted, firstColumn + j, row(right, j));
      },
    };
  };
}

function add(noted: Float64Array, number: number, slopes: Float32Array): void {
  for (let k = 0; k < slopes.length; k++) noted[number * slopes.length + k] += slopes[k];
}

/** An anchor and one positive with every negative. */
function withPositive(anchor: Anchor, p: number, rule: TripletRule, other?: From): Terms {
  const { negatives, weight, away, slopes } = anchor;
  let [sum, active] = [0, 0];
  // most triplets are satisfied, and have no slope
  const reach = rule.softMargin ? Infinity : away[p] + rule.margin;
  for (const n of negatives) {
    if (away[n] >= reach && (other === undefined || other.away[n] >= reach)) continue;
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
