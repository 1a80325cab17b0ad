import { map, type OperatorFunction, filter } from 'rxjs';
import type { Views } from '../core/batches.ts';
import { checkPositive, checkWhole } from '../core/check.ts';
import { type Matrix, row, rowsBetween } from '../core/matrix.ts';
import { innerProduct } from '../core/products.ts';
import { kernels } from '../kernels/active.ts';
import { alignment } from '../losses/views/alignment.ts';
import { uniformity } from '../losses/views/uniformity.ts';
import { effectiveRankOfFew } from '../metrics/effective-rank.ts';
import type { ScoredBatch } from './batches.ts';
import type { Descended } from './descend.ts';
import type { LearnedScale } from './score.ts';

/** How a training goes: a plain record of numbers, of which any that is not known is absent. */
export interface TrainingReading {
  /** of the batch that was read */
  readonly step: number;
  /** mean over the batches since the last reading */
  readonly loss: number;
  readonly learningRate?: number;
  readonly temperature?: number;
  /** share of the loss's terms above zero, mean over the batches, where the loss says how many there are */
  readonly activeShare?: number;
  /** share of anchors that are nearer, by cosine, to their own positive than to any other item's of the batch; [0, 1] */
  readonly inBatchAccuracy: number;
  /** mean of |a - p|² over unit rows of pairs; [0, 4] */
  readonly alignment: number;
  /** log of the mean of exp(-2 |x - y|²) over unit positives; at most 0, which it is where all are one point */
  readonly uniformity: number;
  /** how many directions the positives make use of */
  readonly effectiveRank: number;
  /** the largest length that the gradient of all parameters together had since the last reading */
  readonly gradientNorm?: number;
  readonly pairsPerSecond: number;
  /** absent where it is not said how many steps there are */
  readonly secondsLeft?: number;
}

export interface WatchOptions {
  /** Batches from one reading to the next. @default 50 */
  readonly every?: number;
  /** Pairs of a batch that figures of embeddings are of, at most: the time of a reading is its cube. @default 128 */
  readonly sample?: number;
  /** Steps of the whole training. @default unknown */
  readonly steps?: number;
  /** The optimizer's, by the step from 1 on. @default unknown */
  readonly rate?: number | ((step: number) => number);
  /** Of the loss; or what it learns, exp(-logScale). @default unknown */
  readonly temperature?: number | LearnedScale;
  /** Milliseconds of a clock. @default performance.now */
  readonly now?: () => number;
}

/** What is added up between readings. */
interface Sums {
  batches: number;
  pairs: number;
  loss: number;
  activeShare: number | undefined;
  gradientNorm: number | undefined;
}

/**
 * A reading of every so many batches. Figures of embeddings are of the first pairs of the batch that is read; they are NaN where an
 * embedding is not finite.
 *
 * @throws RangeError if every is not a whole number >= 1, sample not one >= 2, or steps is no number > 0
 */
export function watch({
  every = 50,
  sample = 128,
  steps,
  rate,
  temperature,
  now = () => performance.now(),
}: WatchOptions = {}): OperatorFunction<ScoredBatch & Partial<Descended>, TrainingReading> {
  checkWhole('watch', 'every', every, 1);
  checkWhole('watch', 'sample', sample, 2);
  if (steps !== undefined) checkPositive('watch', 'steps', steps);
  return (batches) => {
    let sums = none();
    let since = now();
    return batches.pipe(
      map((batch): TrainingReading | undefined => {
        add(sums, batch);
        if (sums.batches < every) return undefined;
        const seconds = (now() - since) / 1000;
        const { loss, activeShare, gradientNorm, pairs } = sums;
        [sums, since] = [none(), now()];
        const { step } = batch;
        const learningRate = typeof rate === 'function' ? rate(step + 1) : rate;
        return {
          step,
          loss: loss / every,
          ...(learningRate !== undefined && { learningRate }),
          ...temperatureOf(temperature),
          ...(activeShare !== undefined && { activeShare: activeShare / every }),
          ...embeddingsOf(batch.views, sample),
          ...(gradientNorm !== undefined && { gradientNorm }),
          pairsPerSecond: pairs / seconds,
          ...(steps !== undefined && { secondsLeft: (Math.max(0, steps - step - 1) * seconds) / every }),
        };
      }),
      filter((reading) => reading !== undefined),
    );
  };
}

function none(): Sums {
  return { batches: 0, pairs: 0, loss: 0, activeShare: 0, gradientNorm: undefined };
}

function add(
  sums: Sums,
  { value, active, terms, views, gradientNorm }: ScoredBatch & Partial<Descended>,
): void {
  sums.batches++;
  sums.pairs += views.anchors.rows;
  sums.loss += value;
  if (terms === undefined || sums.activeShare === undefined) sums.activeShare = undefined;
  else sums.activeShare += terms === 0 ? 0 : active / terms;
  // Math.max keeps NaN
  if (gradientNorm !== undefined) sums.gradientNorm = Math.max(sums.gradientNorm ?? 0, gradientNorm);
}

function temperatureOf(temperature: WatchOptions['temperature']): Pick<TrainingReading, 'temperature'> {
  if (typeof temperature === 'number') return { temperature };
  const logScale = temperature?.logScale;
  return logScale === undefined ? {} : { temperature: Math.exp(-logScale.data[0]) };
}

function embeddingsOf(
  { anchors, positives, ids }: Views,
  sample: number,
): Pick<TrainingReading, 'inBatchAccuracy' | 'alignment' | 'uniformity' | 'effectiveRank'> {
  const rows = Math.min(sample, anchors.rows);
  const [a, p] = [rowsBetween(anchors, 0, rows), rowsBetween(positives, 0, rows)];
  if (![...a.data, ...p.data].every(Number.isFinite))
    return { inBatchAccuracy: NaN, alignment: NaN, uniformity: NaN, effectiveRank: NaN };
  const [left, right] = [kernels.normalize(a).unit, kernels.normalize(p).unit];
  return {
    inBatchAccuracy: accuracy(left, right, ids),
    alignment: alignment()({ anchors: left, positives: right }).value,
    uniformity: uniformity()({ embeddings: right }).value,
    effectiveRank: effectiveRankOfFew(right),
  };
}

/** Copies of its own item are as right as its own row; another item as near as its own is an error. */
function accuracy(anchors: Matrix, positives: Matrix, ids: Uint32Array | undefined): number {
  let right = 0;
  for (let i = 0; i < anchors.rows; i++) {
    const own = innerProduct(row(anchors, i), row(positives, i));
    let nearest = true;
    for (let j = 0; j < positives.rows && nearest; j++) {
      if (j === i || (ids !== undefined && ids[j] === ids[i])) continue;
      nearest = innerProduct(row(anchors, i), row(positives, j)) < own;
    }
    if (nearest) right++;
  }
  return anchors.rows === 0 ? 0 : right / anchors.rows;
}
