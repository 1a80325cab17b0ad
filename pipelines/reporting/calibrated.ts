import { matrix, row, type Matrix } from '../../src/core/matrix.ts';
import { brier } from '../../src/metrics/brier.ts';
import { calibrationError } from '../../src/metrics/calibration-error.ts';
import { mean } from '../../src/metrics/mean.ts';
import { fitPlatt, plattProbabilities } from '../../src/metrics/platt.ts';
import { reliability } from '../../src/metrics/reliability.ts';
import type { Calibration } from './evaluation.ts';
import type { Sightings } from './sightings.ts';

/** Of about equally many queries: most are often sure of little. */
const BINS = { bins: 10, strategy: 'quantile' } as const;

/** How far scores can be turned into the probability that the first document is relevant: by the rankings of one split for those of another. */
export function calibrated(split: string, fitted: Sightings, measured: Sightings): Calibration {
  const scaling = fitPlatt(firstScores(fitted), firstIsRight(fitted));
  const sure = plattProbabilities(firstScores(measured), scaling);
  const right = firstIsRight(measured);
  const { predicted, observed, counts } = reliability(sure, right, BINS);
  return {
    split,
    error: calibrationError(sure, right, BINS),
    brier: mean(brier(sure, right)),
    right: mean(right),
    bins: Array.from(counts, (count, b) => ({ predicted: predicted[b], observed: observed[b], count })),
  };
}

/** The score of each query's first document, and by how much it is above the second's. */
function firstScores({ scores, kept }: Sightings): Matrix {
  const features = matrix(scores.rows, 2);
  for (let q = 0; q < scores.rows; q++) {
    const [first, second] = row(scores, q);
    features.data.set([first, kept > 1 ? first - second : 0], 2 * q);
  }
  return features;
}

function firstIsRight({ positives }: Sightings): number[] {
  return positives.map((each) => Number(each.some(({ rank }) => rank === 1)));
}
