import { matrix, type Matrix } from '../../../src/core/matrix.ts';
import { kernels } from '../../../src/kernels/active.ts';
import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import type { DiceOptions } from '../../../src/losses/classification/dice-conventions.ts';
import { dice } from '../../../src/losses/classification/dice.ts';
import { klDivergence } from '../../../src/losses/classification/kl-divergence.ts';
import { multiLabelSoftMargin } from '../../../src/losses/classification/multi-label-soft-margin.ts';
import { negativeLogLikelihood } from '../../../src/losses/classification/negative-log-likelihood.ts';
import { poly1CrossEntropy } from '../../../src/losses/classification/poly1-cross-entropy.ts';
import { poly1Focal } from '../../../src/losses/classification/poly1-focal.ts';
import { sigmoidFocal } from '../../../src/losses/classification/sigmoid-focal.ts';
import { softmaxFocal } from '../../../src/losses/classification/softmax-focal.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const classification: Kinds = {
  cross_entropy: byClass,
  large_cross_entropy: byClass,
  nll: byLogarithm,
  kl_div: divergence,
  bce: (given) => binary(given, 'input', 'probabilities'),
  bce_with_logits: (given) => binary(given, 'logits', 'logits'),
  multilabel_soft_margin: multiLabel,
  sigmoid_focal: focalBySigmoid,
  softmax_focal: focalBySoftmax,
  poly1_cross_entropy: poly1,
  poly1_soft_targets: poly1,
  poly1_focal: poly1OfFocal,
  dice: overlap,
  softmax,
  log_softmax: logSoftmax,
  logsumexp: logSumExp,
};

/** An input whose second dimension is the classes, with the classes last: a row for each sample and place. */
function classesLast(given: ReferenceCase, name: string): Matrix {
  const data = given.list(name);
  const [samples, classes, places] = sizes(given, name);
  const rows = matrix(samples * places, classes);
  for (let e = 0; e < data.length; e++) rows.data[lastOf(e, classes, places)] = data[e];
  return rows;
}

/** Back again. */
function classesSecond(given: ReferenceCase, name: string, { data }: Matrix): Float32Array {
  const [, classes, places] = sizes(given, name);
  return data.map((_, e) => data[lastOf(e, classes, places)]);
}

/** Samples, classes, and places of each sample. */
function sizes(given: ReferenceCase, name: string): readonly [number, number, number] {
  const [samples, classes, ...places] = given.shape(name);
  return [samples, classes, places.reduce((product, side) => product * side, 1)];
}

/** Where entry e of samples × classes × places stands with the classes last. */
function lastOf(e: number, classes: number, places: number): number {
  const [sample, rest] = [Math.floor(e / (classes * places)), e % (classes * places)];
  return (sample * places + (rest % places)) * classes + Math.floor(rest / places);
}

function weightOf(given: ReferenceCase): Float32Array | undefined {
  return given.has('class_weight') && given.flag('class_weight') ? given.list('weight') : undefined;
}

function alphaOf(given: ReferenceCase): number | undefined {
  // below 0 it is none
  return given.has('alpha') && given.number('alpha') >= 0 ? given.number('alpha') : undefined;
}

function byClass(given: ReferenceCase): Answer {
  const logits = classesLast(given, 'logits');
  const loss = crossEntropy({
    labelSmoothing: given.has('label_smoothing') ? given.number('label_smoothing') : undefined,
    ignoreIndex: given.has('ignore_index') ? given.number('ignore_index') : undefined,
    weight: weightOf(given),
    reduction: reductionOf(given),
  });
  const { value, terms, active, gradients } =
    !given.has('target') || given.text('target') === 'index'
      ? loss({ logits, labels: given.labels('target') })
      : loss({ logits, targets: given.rows('target') }, { targets: matrix(logits.rows, logits.cols) });
  return {
    value,
    terms,
    active,
    gradients: {
      logits: classesSecond(given, 'logits', gradients.logits),
      ...(gradients.targets && { target: gradients.targets }),
    },
  };
}

function byLogarithm(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = negativeLogLikelihood({
    ignoreIndex: given.number('ignore_index'),
    weight: weightOf(given),
    reduction: reductionOf(given),
  })({ logProbabilities: given.rows('logp'), labels: given.labels('target') });
  return { value, terms, active, gradients: { logp: gradients.logProbabilities } };
}

function divergence(given: ReferenceCase): Answer {
  const [predictions, targets] = [given.rows('input'), given.rows('target')];
  const { value, terms, active, gradients } = klDivergence({
    logTargets: given.flag('log_target'),
    reduction: given.reduction === 'batchmean' ? 'batchMean' : reductionOf(given),
    listTerms: true,
  })({ predictions, targets }, { targets: matrix(targets.rows, targets.cols) });
  const { predictions: input, targets: target = matrix(0, 0) } = gradients;
  return { value, terms, active, gradients: { input, target } };
}

function binary(given: ReferenceCase, name: string, from: 'logits' | 'probabilities'): Answer {
  const [predictions, targets] = [given.rows(name), given.rows('target')];
  const { value, terms, active, gradients } = binaryCrossEntropy({
    from,
    positiveWeight:
      given.has('pos_weight') && given.flag('pos_weight') ? given.list('pos_weight') : undefined,
    reduction: reductionOf(given),
    listTerms: true,
  })(
    { predictions, targets, weights: given.flag('weight') ? given.rows('weight') : undefined },
    { targets: matrix(targets.rows, targets.cols) },
  );
  const { predictions: input, targets: target = matrix(0, 0) } = gradients;
  return { value, terms, active, gradients: { [name]: input, target } };
}

function multiLabel(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = multiLabelSoftMargin({
    weight: weightOf(given),
    reduction: reductionOf(given),
  })({ predictions: given.rows('logits'), targets: given.rows('target') });
  return { value, terms, active, gradients: { logits: gradients.predictions } };
}

function focalBySigmoid(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = sigmoidFocal({
    gamma: given.number('gamma'),
    alpha: alphaOf(given),
    reduction: reductionOf(given),
    listTerms: true,
  })({ predictions: given.rows('logits'), targets: given.rows('target') });
  return { value, terms, active, gradients: { logits: gradients.predictions } };
}

function focalBySoftmax(given: ReferenceCase): Answer {
  const kornia = given.text('variant') === 'kornia';
  // MONAI sums up the means over each sample's places; over no places, torch takes the mean of all there is
  const mean = !kornia && given.reduction === 'sum' && given.shape('logits').length === 2;
  const { gradients, ...result } = softmaxFocal({
    gamma: given.number('gamma'),
    alpha: alphaOf(given),
    weight: weightOf(given),
    convention: kornia ? 'kornia' : 'monai',
    reduction: mean ? 'mean' : reductionOf(given),
    listTerms: true,
  })({ logits: given.rows('logits'), labels: given.labels('target') });
  return { ...result, gradients: { logits: gradients.logits } };
}

function poly1(given: ReferenceCase): Answer {
  const logits = given.rows('logits');
  const { gradients, ...result } = poly1CrossEntropy({
    epsilon: given.number('epsilon'),
    weight: weightOf(given),
    reduction: reductionOf(given),
  })(
    given.shape('target').length === 1
      ? { logits, labels: given.labels('target') }
      : { logits, targets: given.rows('target') },
  );
  return { ...result, gradients: { logits: gradients.logits } };
}

function poly1OfFocal(given: ReferenceCase): Answer {
  const { gradients, ...result } = poly1Focal({
    epsilon: given.number('epsilon'),
    gamma: given.number('gamma'),
    alpha: alphaOf(given),
    reduction: reductionOf(given),
    listTerms: true,
  })({ logits: given.rows('logits'), labels: given.labels('target') });
  return { ...result, gradients: { logits: gradients.logits } };
}

function overlap(given: ReferenceCase): Answer {
  const options = diceOptions(given);
  const last = options.convention === 'optax';
  const rows = (name: string) => (last ? given.rows(name) : classesLast(given, name));
  const [predictions, [samples]] = [rows('pred'), given.shape('pred')];
  const { gradients, ...result } = dice(options)(
    given.shape('target').length < given.shape('pred').length
      ? { predictions, samples, labels: given.labels('target') }
      : { predictions, samples, targets: rows('target') },
  );
  const pred = last ? gradients.predictions : classesSecond(given, 'pred', gradients.predictions);
  return { ...result, gradients: { pred } };
}

function diceOptions(given: ReferenceCase): DiceOptions {
  switch (given.text('variant')) {
    case 'smp':
      return {
        convention: 'smp',
        activation: !given.flag('from_logits')
          ? 'none'
          : given.text('mode') === 'multiclass'
            ? 'softmax'
            : 'sigmoid',
        smooth: given.number('smooth'),
        floor: given.number('eps'),
        logarithm: given.flag('log_loss'),
      };
    case 'monai':
      return {
        convention: 'monai',
        activation: given.flag('softmax') ? 'softmax' : given.flag('sigmoid') ? 'sigmoid' : 'none',
        over: given.flag('batch') ? 'batch' : 'sample',
        smoothAbove: given.number('smooth_nr'),
        smoothBelow: given.number('smooth_dr'),
        squared: given.flag('squared_pred'),
        jaccard: given.flag('jaccard'),
        background: given.flag('include_background'),
        reduction: reductionOf(given),
      };
    default:
      return {
        convention: 'optax',
        smooth: given.number('smooth'),
        alpha: given.number('alpha'),
        beta: given.number('beta'),
        background: !given.flag('ignore_background'),
        classes: reductionOf(given),
        // the value of a case is one number a sample
        reduction: 'sum',
      };
  }
}

// No losses: their terms are what they give, and their gradient is that of the sum weighted by `upstream`.

function softmax(given: ReferenceCase): Answer {
  const shares = kernels.softmax(given.rows('logits'));
  return {
    terms: shares.data,
    gradients: { logits: kernels.softmaxBackward(shares, given.rows('upstream')) },
  };
}

function logSoftmax(given: ReferenceCase): Answer {
  const logs = kernels.logSoftmax(given.rows('logits'));
  return {
    terms: logs.data,
    gradients: { logits: kernels.logSoftmaxBackward(logs, given.rows('upstream')) },
  };
}

function logSumExp(given: ReferenceCase): Answer {
  const logits = given.rows('logits');
  const upstream = Float64Array.from(given.list('upstream'));
  return {
    terms: kernels.logSumExp(logits),
    gradients: { logits: kernels.logSumExpBackward(logits, upstream) },
  };
}
