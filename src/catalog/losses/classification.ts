import { refuse } from '../../core/check.ts';
import { binaryCrossEntropy } from '../../losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../losses/classification/cross-entropy.ts';
import type { MonaiDice, OptaxDice, SmpDice } from '../../losses/classification/dice-conventions.ts';
import { dice } from '../../losses/classification/dice.ts';
import { klDivergence } from '../../losses/classification/kl-divergence.ts';
import { multiLabelSoftMargin } from '../../losses/classification/multi-label-soft-margin.ts';
import { negativeLogLikelihood } from '../../losses/classification/negative-log-likelihood.ts';
import { poly1CrossEntropy } from '../../losses/classification/poly1-cross-entropy.ts';
import { poly1Focal } from '../../losses/classification/poly1-focal.ts';
import { sigmoidFocal } from '../../losses/classification/sigmoid-focal.ts';
import { softmaxFocal } from '../../losses/classification/softmax-focal.ts';
import { REDUCTIONS } from '../../losses/loss.ts';
import { logits, logProbabilities, segments, targets } from '../inputs.ts';
import { flag, number, numbers, oneOf, type Option } from '../option.ts';
import { row, type Row } from '../row.ts';
import { ELEMENTWISE, REDUCTION } from './shared.ts';

const FOCAL = { gamma: number(2), alpha: number() };

export const CLASSIFICATION: readonly Row[] = [
  row({
    name: 'binaryCrossEntropy',
    says: '-y log σ(x) - (1 - y) log(1 - σ(x)) of each logit x: several labels may be right',
    paper: 'Cox 1958',
    takes: targets,
    options: {
      from: oneOf(['logits', 'probabilities'], 'logits'),
      positiveWeight: numbers(),
      ...ELEMENTWISE,
    },
    make: binaryCrossEntropy,
  }),
  row({
    name: 'crossEntropy',
    says: '-log softmax(logits) at the right class, or at the shares of several; with label smoothing',
    paper: 'Bridle 1990; Szegedy et al. 2016',
    takes: logits,
    options: {
      labelSmoothing: number(0),
      ignoreIndex: number(-100),
      weight: numbers(),
      reduction: REDUCTION,
    },
    make: crossEntropy,
  }),
  row({
    name: 'dice',
    says: '1 - 2 Σ p t / (Σ p + Σ t) over pixels: how little of what is predicted and what is there overlaps',
    paper: 'Milletari et al. 2016; Salehi et al. 2017 (optax)',
    takes: segments,
    options: {
      convention: oneOf(['smp', 'monai', 'optax'], 'smp'),
      activation: oneOf(['softmax', 'sigmoid', 'none'], 'softmax'),
      reduction: REDUCTION,
      smooth: by({ smp: '0', optax: '1' }, number()),
      floor: by({ smp: '1e-7' }, number()),
      logarithm: by({ smp: 'false' }, flag()),
      over: by({ monai: 'sample' }, oneOf(['sample', 'batch'])),
      smoothAbove: by({ monai: '1e-5' }, number()),
      smoothBelow: by({ monai: '1e-5' }, number()),
      squared: by({ monai: 'false' }, flag()),
      jaccard: by({ monai: 'false' }, flag()),
      background: by({ monai: 'true', optax: 'true' }, flag()),
      alpha: by({ optax: '0.5' }, number()),
      beta: by({ optax: '0.5' }, number()),
      classes: by({ optax: 'mean' }, oneOf(REDUCTIONS)),
    },
    make: diceOfAny,
  }),
  row({
    name: 'klDivergence',
    says: 'q (log q - log p) of logarithms log p and shares q',
    paper: 'Kullback and Leibler 1951',
    takes: targets,
    options: {
      logTargets: flag(false),
      reduction: oneOf(['batchMean', 'mean', 'sum'], 'batchMean'),
      listTerms: flag(false),
    },
    make: klDivergence,
  }),
  row({
    name: 'multiLabelSoftMargin',
    says: 'the mean over the classes of -w (y log σ(x) + (1 - y) log(1 - σ(x))) for each row of logits x',
    paper: 'torch’s multilabel_soft_margin_loss',
    takes: targets,
    options: { weight: numbers(), reduction: REDUCTION },
    make: multiLabelSoftMargin,
  }),
  row({
    name: 'negativeLogLikelihood',
    says: '-log p at the right class, of logarithms log p',
    paper: 'Fisher 1922',
    takes: logProbabilities,
    options: { ignoreIndex: number(-100), weight: numbers(), reduction: REDUCTION },
    make: negativeLogLikelihood,
  }),
  row({
    name: 'poly1CrossEntropy',
    says: '-log p + epsilon (1 - p) of the right class, p = softmax(logits)',
    paper: 'Leng et al. 2022',
    takes: logits,
    options: { epsilon: number(1), weight: numbers(), reduction: REDUCTION },
    make: poly1CrossEntropy,
  }),
  row({
    name: 'poly1Focal',
    says: 'sigmoidFocal of every class, plus epsilon m^(gamma + 1), m what the sigmoid misses its target by',
    paper: 'Leng et al. 2022',
    takes: logits,
    options: { epsilon: number(1), ...FOCAL, ...ELEMENTWISE },
    make: poly1Focal,
  }),
  row({
    name: 'sigmoidFocal',
    says: 'm^gamma times the binary cross-entropy, m what σ(x) misses its target by: easy ones count for less',
    paper: 'Lin et al. 2017',
    takes: targets,
    options: { ...FOCAL, ...ELEMENTWISE },
    make: sigmoidFocal,
  }),
  row({
    name: 'softmaxFocal',
    says: '-(1 - p)^gamma log p of the right class, p = softmax(logits): easy ones count for less',
    paper: 'Lin et al. 2017',
    takes: logits,
    options: {
      ...FOCAL,
      weight: numbers(),
      convention: oneOf(['monai', 'kornia'], 'monai'),
      ...ELEMENTWISE,
    },
    make: softmaxFocal,
  }),
];

type Convention = 'smp' | 'monai' | 'optax';

/** An option of some conventions, each with its default. */
function by<Value>(defaults: Partial<Record<Convention, string>>, option: Option<Value>): Option<Value> {
  const said = Object.entries(defaults).map(
    ([convention, value]) => `by convention ${convention} (${value} by default)`,
  );
  return { ...option, kind: `${option.kind} ${said.join(' and ')}` };
}

/** The options of all conventions. */
type AnyDice = Partial<
  Record<'convention', Convention> &
    Omit<SmpDice, 'convention'> &
    Omit<MonaiDice, 'convention'> &
    Omit<OptaxDice, 'convention'>
>;

const OF_CONVENTION = {
  smp: ['smooth', 'floor', 'logarithm'],
  monai: ['over', 'smoothAbove', 'smoothBelow', 'squared', 'jaccard', 'background'],
  optax: ['smooth', 'alpha', 'beta', 'background', 'classes'],
} as const;

/** `dice` by the convention that is asked for; an option of another one is refused. */
function diceOfAny({ convention = 'smp', ...options }: AnyDice): ReturnType<typeof dice> {
  const own = ['activation', 'reduction', ...OF_CONVENTION[convention]];
  for (const name of Object.keys(options)) {
    if (!own.includes(name)) {
      refuse('dice', `an option must be ${own.join(' or ')} where convention is ${convention}`, name);
    }
  }
  return dice({ convention, ...options });
}
