import type { Segments } from '../../core/batches.ts';
import { checkOneOf, checkWhole, refuse } from '../../core/check.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { checkFiniteRows, checkRowsBetween } from '../../kernels/check-rows.ts';
import { REDUCTIONS, shareOf, type Loss } from '../loss.ts';
import { checkShares, oneHot, weightOf } from './classes.ts';
import { diceConvention, type DiceOptions } from './dice-conventions.ts';

/**
 * 1 minus how much of what is predicted and what is there overlap. Of the sums I = Σ p t, P = Σ p and T = Σ t over pixels, with p the
 * probability of a class and t its share, the overlap is by `convention`
 *
 * - 'smp': (2 I + smooth) / max(P + T + smooth, floor)
 * - 'monai': (2 I + smoothAbove) / (P + T + smoothBelow)
 * - 'optax': (I + smooth) / (I + alpha (P - I) + beta (T - I) + smooth)
 *
 * In [0, 1], but for logarithms and for smoothing of different sizes; without smoothing the three agree. A class with nothing
 * to divide by, no pixels and no classes: 0 and no slope. There is no gradient of the targets; that of the predictions may be
 * written over them.
 *
 * @throws RangeError if an option is not a finite number >= 0 (floor: > 0) or none of its names, the pixels are not so many samples of
 * equally many, a label is no class, a target is outside [0, 1] or a prediction is not finite (without activation: outside [0, 1])
 * @see Milletari et al., "V-Net", 2016, section 3; Salehi et al., "Tversky loss function for image segmentation", 2017 (optax's)
 */
export function dice(
  options: DiceOptions = { convention: 'smp' },
): Loss<Segments, { readonly predictions: Matrix }> {
  const { activation, reduction = 'mean' } = options;
  if (activation !== undefined) checkOneOf('dice', 'activation', activation, ['softmax', 'sigmoid', 'none']);
  checkOneOf('dice', 'reduction', reduction, REDUCTIONS);
  const convention = diceConvention(options);
  const { overlap, squared } = convention;

  return (batch, into = {}) => {
    const { rows: pixels, cols: classes } = batch.predictions;
    const by = activation ?? (classes === 1 ? 'sigmoid' : 'softmax');
    const t = checkedTargets(batch);
    const p = probabilities(batch.predictions, by);
    const groups = convention.over === 'sample' ? (batch.samples ?? 1) : 1;
    const zeros = (): Float64Array => new Float64Array(groups * classes);

    const [I, P, T] = [zeros(), zeros(), zeros()];
    eachEntry(pixels, classes, groups, (e, at) => {
      const [prediction, target] = [p.data[e], t.data[e]];
      I[at] += prediction * target;
      P[at] += squared ? prediction ** 2 : prediction;
      T[at] += squared ? target ** 2 : target;
    });

    const first = convention.background || classes === 1 ? 0 : 1;
    const counted = Math.max(0, classes - first);
    const together = convention.classes !== undefined;
    const terms = new Float64Array(together ? groups : groups * counted);
    const ofClass = convention.classes === undefined ? 1 : shareOf(convention.classes, counted);
    const upstream = shareOf(reduction, terms.length);
    const [dI, dP] = [zeros(), zeros()];
    for (let g = 0; g < groups; g++) {
      for (let c = first; c < classes; c++) {
        const at = g * classes + c;
        const [loss, slopeI, slopeP] = overlap(I[at], P[at], T[at]);
        terms[together ? g : g * counted + c - first] += ofClass * loss;
        dI[at] = upstream * ofClass * slopeI;
        dP[at] = upstream * ofClass * slopeP;
      }
    }

    const gradient = into.predictions ?? matrix(pixels, classes);
    eachEntry(pixels, classes, groups, (e, at) => {
      const prediction = p.data[e];
      const slope = dI[at] * t.data[e] + dP[at] * (squared ? 2 * prediction : 1);
      gradient.data[e] = by === 'sigmoid' ? slope * prediction * (1 - prediction) : slope;
    });
    if (by === 'softmax') kernels.softmaxBackward(p, gradient, gradient);
    return {
      value: upstream * terms.reduce((sum, term) => sum + term, 0),
      terms: Float32Array.from(terms),
      active: terms.reduce((count, term) => count + Number(term > 0), 0),
      gradients: { predictions: gradient },
    };
  };
}

/** The share of each class in each pixel, in a batch that is as it should be. */
function checkedTargets({ predictions, labels, targets, samples = 1 }: Segments): Matrix {
  checkWhole('dice', 'samples', samples, 1);
  if (predictions.rows % samples !== 0) {
    refuse('dice', `predictions.rows must be a multiple of samples, ${samples}`, predictions.rows);
  }
  if (labels === undefined) {
    checkShares('dice', targets, predictions);
    return targets;
  }
  weightOf('dice', labels, predictions);
  return oneHot(labels, predictions.cols);
}

function probabilities(predictions: Matrix, activation: 'softmax' | 'sigmoid' | 'none'): Matrix {
  if (activation === 'none') {
    checkRowsBetween('dice', 'predictions', predictions, [0, 1]);
    return predictions;
  }
  checkFiniteRows('dice', 'predictions', predictions);
  if (activation === 'softmax') return kernels.softmax(predictions);
  const { rows, cols, data } = predictions;
  return matrix(
    rows,
    cols,
    data.map((x) => 1 / (1 + Math.exp(-x))),
  );
}

/** Calls with the number of each entry, and of the group and class whose sums it is in. */
function eachEntry(
  pixels: number,
  classes: number,
  groups: number,
  visit: (e: number, at: number) => void,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    const group = Math.floor((pixel * groups) / pixels);
    for (let c = 0; c < classes; c++) visit(pixel * classes + c, group * classes + c);
  }
}
