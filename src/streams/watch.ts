import { map, type OperatorFunction, filter } from 'rxjs';
import { checkPositive, checkWhole } from '../core/check.ts';
import type { ScoredBatch } from './batches.ts';
import type { Descended } from './descend.ts';
import { type EmbeddingFigures, figuresOfPairs, figuresOfRows } from './embedding-figures.ts';
import type { ScoredRows } from './labelled-batch.ts';
import type { LearnedScale } from './score.ts';

/** How a training goes: a plain record of numbers, of which any that is not known is absent. */
export interface TrainingReading extends EmbeddingFigures {
  /** of the batch that was read */
  readonly step: number;
  /** mean over the batches since the last reading */
  readonly loss: number;
  readonly learningRate?: number;
  readonly temperature?: number;
  /** share of the loss's terms above zero, mean over the batches, where the loss says how many there are */
  readonly activeShare?: number;
  /** share of anchors that own a negative, mined or given, mean over the batches, where any batch says who owns how many */
  readonly minedShare?: number;
  /** how many steps ago the mined negatives' rows were embedded, mean over the batches, where they say */
  readonly staleness?: number;
  /** the largest length that the gradient of all parameters together had since the last reading */
  readonly gradientNorm?: number;
  /** pairs, or labelled rows */
  readonly pairsPerSecond: number;
  /** absent where it is not said how many steps there are */
  readonly secondsLeft?: number;
}

export interface WatchOptions {
  /** Batches from one reading to the next. @default 50 */
  readonly every?: number;
  /** Pairs, or labelled rows, of a batch that figures of embeddings are of, at most: the time of a reading is its cube. @default 128 */
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

/** Pairs or labelled rows, and how far they were moved where that is known. */
export type WatchedBatch = (ScoredBatch | ScoredRows) & Partial<Descended>;

/** What is added up between readings. */
interface Sums {
  batches: number;
  pairs: number;
  loss: number;
  activeShare: number | undefined;
  gradientNorm: number | undefined;
  mined: number;
  staleness: number;
  /** batches that say what the two before are of */
  owning: number;
  noted: number;
}

/**
 * A reading of every so many batches, of pairs or of labelled rows. Figures of embeddings are of the first ones of the batch that is read;
 * they are NaN where an embedding is not finite.
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
}: WatchOptions = {}): OperatorFunction<WatchedBatch, TrainingReading> {
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
        const { loss, activeShare, gradientNorm, pairs, mined, owning, staleness, noted } = sums;
        [sums, since] = [none(), now()];
        const { step } = batch;
        const learningRate = typeof rate === 'function' ? rate(step + 1) : rate;
        return {
          step,
          loss: loss / every,
          ...(learningRate !== undefined && { learningRate }),
          ...temperatureOf(temperature),
          ...(activeShare !== undefined && { activeShare: activeShare / every }),
          ...figuresOf(batch, sample),
          ...(owning > 0 && { minedShare: mined / owning }),
          ...(noted > 0 && { staleness: staleness / noted }),
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
  return {
    batches: 0,
    pairs: 0,
    loss: 0,
    activeShare: 0,
    gradientNorm: undefined,
    mined: 0,
    staleness: 0,
    owning: 0,
    noted: 0,
  };
}

function figuresOf(batch: WatchedBatch, sample: number): EmbeddingFigures {
  return 'views' in batch ? figuresOfPairs(batch.views, sample) : figuresOfRows(batch.labelled, sample);
}

function add(sums: Sums, batch: WatchedBatch): void {
  const { value, active, terms, gradientNorm } = batch;
  sums.batches++;
  sums.pairs += 'views' in batch ? batch.views.anchors.rows : batch.labelled.labels.length;
  sums.loss += value;
  if (terms === undefined || sums.activeShare === undefined) sums.activeShare = undefined;
  else sums.activeShare += terms === 0 ? 0 : active / terms;
  if ('views' in batch) addMined(sums, batch);
  // Math.max keeps NaN
  if (gradientNorm !== undefined) sums.gradientNorm = Math.max(sums.gradientNorm ?? 0, gradientNorm);
}

function addMined(sums: Sums, { views, staleness }: ScoredBatch): void {
  if (views.owned !== undefined && views.owned.length > 0) {
    sums.owning++;
    sums.mined += views.owned.filter((count) => count > 0).length / views.owned.length;
  }
  if (staleness !== undefined) {
    sums.noted++;
    sums.staleness += staleness.mean;
  }
}

function temperatureOf(temperature: WatchOptions['temperature']): Pick<TrainingReading, 'temperature'> {
  if (typeof temperature === 'number') return { temperature };
  const logScale = temperature?.logScale;
  return logScale === undefined ? {} : { temperature: Math.exp(-logScale.data[0]) };
}
