import { binaryCrossEntropy } from '../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../src/losses/classification/cross-entropy.ts';
import { dice } from '../../src/losses/classification/dice.ts';
import { sigmoidFocal } from '../../src/losses/classification/sigmoid-focal.ts';
import { softmaxFocal } from '../../src/losses/classification/softmax-focal.ts';
import { hinge } from '../../src/losses/hinge/hinge.ts';
import { multiClassHinge } from '../../src/losses/hinge/multi-class-hinge.ts';
import { multiSimilarity } from '../../src/losses/labelled/multi-similarity.ts';
import { supCon } from '../../src/losses/labelled/sup-con.ts';
import { coSent } from '../../src/losses/pairs/co-sent.ts';
import { contrastivePairs } from '../../src/losses/pairs/contrastive-pairs.ts';
import { arcFace } from '../../src/losses/proxies/arc-face.ts';
import { proxyAnchor } from '../../src/losses/proxies/proxy-anchor.ts';
import { huber } from '../../src/losses/regression/huber.ts';
import { mae } from '../../src/losses/regression/mae.ts';
import { mse } from '../../src/losses/regression/mse.ts';
import { quantile } from '../../src/losses/regression/quantile.ts';
import { distillKl } from '../../src/losses/views/distill-kl.ts';
import { infoNce } from '../../src/losses/views/info-nce.ts';
import { marginMse } from '../../src/losses/views/margin-mse.ts';
import { sigLip } from '../../src/losses/views/sig-lip.ts';
import { tripletRows } from '../../src/losses/views/triplet-rows.ts';
import { vicreg } from '../../src/losses/views/vicreg.ts';

/** What can be said of each row before it is learned from. */
export const SUPERVISION = {
  values: 'a real value, or several',
  classes: 'one class',
  labels: 'any number of labels',
  pairs: 'another row that it belongs with, or a number that says how much',
  triplets: 'a row that it belongs with and one that it does not',
  embeddings: 'nothing but a second view of itself',
  scores: 'what a teacher gives a positive and negatives',
} as const;

/** What the model is for. */
export const GOALS = {
  mean: 'the mean of the values to expect',
  median: 'the middle of them',
  quantile: 'the value that a share of them lies below',
  predict: 'probabilities',
  margin: 'the right side of a margin, without probabilities',
  segment: 'regions: probabilities for each pixel',
  embed: 'embeddings in which classes are clusters',
  retrieve: 'embeddings whose nearest rows are the right ones',
  verify: 'embeddings that tell faces, or other classes that training never saw, apart',
  match: 'both sides finding each other, as images and texts do',
  margins: "the teacher's differences between positive and negative",
  shares: 'how the teacher shares its belief among many',
} as const;

export type Supervision = keyof typeof SUPERVISION;
export type Goal = keyof typeof GOALS;

/** What an advice asks for: a name, yes or no, or at least so many. */
export interface Where {
  readonly supervision: Supervision;
  readonly goal?: Goal;
  readonly graded?: boolean;
  readonly outliers?: boolean;
  readonly imbalanced?: boolean;
  readonly 'large-model'?: boolean;
  readonly classes?: number;
  readonly batch?: number;
}

export type Question = keyof Where;

/** As they are asked, and as flags describe them. */
export const QUESTIONS: Readonly<Record<Question, string>> = {
  supervision: 'what is known of each row',
  goal: 'what the model is for',
  graded: 'whether pairs carry a number that says how much they belong together',
  outliers: 'whether some values are far off, by mistake or by nature',
  imbalanced: 'whether some classes are much rarer than others',
  'large-model': 'whether the model can learn its training data by heart',
  classes: 'how many classes there are',
  batch: 'how many rows a batch has',
};

/** The goal that is meant where none is named. */
export const USUAL_GOAL: { readonly [Name in Supervision]?: Goal } = {
  values: 'mean',
  labels: 'predict',
  scores: 'margins',
};

export interface Advice {
  readonly where: Where;
  /** a public name */
  readonly loss: string;
  readonly settings: object;
  make(): unknown;
  readonly why: string;
  readonly watch: string;
  /** the model of the data, or of the mind, that the loss comes from */
  readonly behind: string;
  /** another loss, and when it is the better one */
  readonly instead?: string;
  /** a number whose logarithm says something of the loss */
  readonly logOf?: { readonly question: 'classes' | 'batch'; readonly says: string };
}

/** A loss with settings that its maker takes. */
function usual<Options>(
  maker: (options: Options) => unknown,
  settings: NoInfer<Options> & object,
): Pick<Advice, 'loss' | 'settings' | 'make'> {
  return { loss: maker.name, settings, make: () => maker(settings) };
}

const CATEGORICAL =
  'A categorical likelihood: its negative logarithm, with gradient softmax - y along the logits, so that a row told right with certainty has none.';
const BERNOULLI =
  'Independent Bernoulli likelihoods, one a label, with gradient sigmoid - y along each logit.';
const CHANCE = { question: 'classes', says: 'the loss of a model that knows nothing' } as const;
const IN_BATCH =
  'The positives of other rows are the negatives: rows that belong together need equal ids or labels, or they are pushed apart. A colder temperature looks at the nearest negatives only.';
const BOUND =
  'The multi-class form of the triplet loss: a softmax over one positive and all negatives. One-way, unmasked and unmined, and only so, log N - loss is a lower bound on the mutual information of the two sides, N the candidates of an anchor; it never exceeds log N, however much they share.';
const CEILING = {
  question: 'batch',
  says: 'what the bound on mutual information cannot exceed, with all positives of the batch as candidates and nothing else',
} as const;
const HINGE =
  'A margin and no likelihood: a gradient only where the margin is violated, so scores are no probabilities.';
const FOCAL = 'its terms multiplied by how wrong they are, to the power gamma; no likelihood any more.';

/** The first whose `where` is met is the one to take. */
export const GUIDE: readonly Advice[] = [
  {
    where: { supervision: 'values', goal: 'quantile' },
    ...usual(quantile, { quantile: 0.9 }),
    why: 'Its least value over predictions is the quantile itself.',
    watch: 'One model a quantile: two learned apart may cross.',
    behind: 'An asymmetric Laplace likelihood; at 0.5 half the absolute error.',
  },
  {
    where: { supervision: 'values', goal: 'median' },
    ...usual(mae, {}),
    why: 'Its least value over predictions is the median, which outliers do not move.',
    watch: 'The slope is as steep near the target as far from it: the rate must fall for it to settle.',
    behind: 'A Laplace likelihood: its negative logarithm, up to a factor and a constant.',
    instead: 'huber, where a kink at the target does harm.',
  },
  {
    where: { supervision: 'values', goal: 'mean', outliers: true },
    ...usual(huber, { delta: 1 }),
    why: 'Small errors count by their square, and an outlier pulls no harder than delta.',
    watch: 'delta is in the units of the targets: scale them first, or set it where outliers begin.',
    behind: 'Between a Gaussian likelihood, up to delta, and a Laplace one, beyond.',
    instead: 'mae, where outliers are so many that only the median is worth having.',
  },
  {
    where: { supervision: 'values', goal: 'mean' },
    ...usual(mse, {}),
    why: 'With Gaussian noise of one size nothing wastes less data, and its least value is the mean.',
    watch: 'An outlier counts by its square: look at the largest errors before training long.',
    behind: 'A Gaussian likelihood: its negative logarithm, up to a factor and a constant.',
    instead: 'huber, as soon as there are outliers.',
  },
  {
    where: { supervision: 'classes', goal: 'predict', imbalanced: true, 'large-model': true },
    ...usual(crossEntropy, { labelSmoothing: 0.1 }),
    why: 'Smoothing keeps a large model from certainty it has no ground for; weights make up for rare classes.',
    watch:
      'Give `weight`, one number a class, such as one over its share: probabilities are then of reweighted data.',
    behind: CATEGORICAL,
    instead: 'softmaxFocal, where easy rows of the common classes drown the others.',
    logOf: CHANCE,
  },
  {
    where: { supervision: 'classes', goal: 'predict', imbalanced: true },
    ...usual(softmaxFocal, { gamma: 2 }),
    why: 'Rows told right already, most of them of common classes, count for little.',
    watch: 'Its probabilities are not calibrated, and mislabelled rows count the most.',
    behind: `A categorical likelihood, ${FOCAL}`,
    instead: 'crossEntropy with `weight`, where probabilities are wanted.',
    logOf: {
      question: 'classes',
      says: 'the cross-entropy, before its terms are scaled down, of a model that knows nothing',
    },
  },
  {
    where: { supervision: 'classes', goal: 'predict', 'large-model': true },
    ...usual(crossEntropy, { labelSmoothing: 0.1 }),
    why: 'One class of many, by a model that would otherwise grow certain of every training row.',
    watch: 'With smoothing the least value is above 0; a teacher trained so teaches less.',
    behind: CATEGORICAL,
    logOf: CHANCE,
  },
  {
    where: { supervision: 'classes', goal: 'predict' },
    ...usual(crossEntropy, {}),
    why: 'One class of many, and probabilities that can be believed.',
    watch: 'It takes logits: a softmax before it is one too many.',
    behind: CATEGORICAL,
    instead: 'poly1CrossEntropy, for one more setting to tune.',
    logOf: CHANCE,
  },
  {
    where: { supervision: 'classes', goal: 'margin', classes: 3 },
    ...usual(multiClassHinge, { margin: 1 }),
    why: 'The right class is to score higher than any other by the margin, and no more is asked.',
    watch: 'Scores need a bound, such as weight decay, or the margin means nothing.',
    behind: HINGE,
    instead: 'crammerSinger, which looks at the worst other class only.',
  },
  {
    where: { supervision: 'classes', goal: 'margin' },
    ...usual(hinge, { margin: 1 }),
    why: 'A score on the right side of 0 by the margin is right enough.',
    watch: 'Targets are 1 and -1, not 1 and 0.',
    behind: HINGE,
    instead: 'squaredHinge for a smooth slope, modifiedHuber where labels are noisy too.',
  },
  {
    where: { supervision: 'classes', goal: 'segment', imbalanced: true },
    ...usual(dice, { convention: 'smp' }),
    why: 'It measures overlap, so that a background of any size does not drown a small region.',
    watch: 'Slopes are uneven where a region is a few pixels: add crossEntropy on the same logits.',
    behind: 'The Dice coefficient, made smooth: a measure of overlap and no likelihood.',
    instead: 'softmaxFocal, where single pixels matter more than regions.',
  },
  {
    where: { supervision: 'classes', goal: 'segment' },
    ...usual(crossEntropy, {}),
    why: 'Each pixel is a row of logits, and classes of like size need no more.',
    watch: 'ignoreIndex, -100, marks pixels that nobody labelled.',
    behind: CATEGORICAL,
    instead: 'dice, as soon as some regions are small.',
    logOf: CHANCE,
  },
  {
    where: { supervision: 'classes', goal: 'verify' },
    ...usual(arcFace, { marginDegrees: 28.6, scale: 64 }),
    why: 'Each class keeps an angle clear around itself, which holds for faces never seen.',
    watch:
      'It learns classes × dim proxies; from scratch begin with a small margin, and a scale of 30 for few classes.',
    behind: 'A categorical likelihood over cosines, with a margin added to the angle of the right class.',
    instead: 'cosFace, whose margin is on the cosine; subCenterArcFace, where labels are noisy.',
  },
  {
    where: { supervision: 'classes', goal: 'embed', classes: 1000 },
    ...usual(proxyAnchor, { margin: 0.1, alpha: 32 }),
    why: 'With many classes a batch seldom holds two rows of one; each class has a proxy instead.',
    watch: 'It learns classes × dim proxies, and they want a far higher rate than the model.',
    behind: 'A smooth hardest-pair search between proxies and the rows of the batch.',
    instead: 'arcFace, with as many classes as there are people.',
  },
  {
    where: { supervision: 'classes', goal: 'embed' },
    ...usual(supCon, { temperature: 0.1 }),
    why: 'All rows of a class in the batch are positives of one another, all others negatives.',
    watch: 'A batch must hold two rows or more of a class: one alone has no term.',
    behind: 'InfoNCE averaged over several positives.',
    instead: 'multiSimilarity, where ranking matters more than clusters.',
  },
  {
    where: { supervision: 'classes', goal: 'retrieve' },
    ...usual(multiSimilarity, { alpha: 2, beta: 50, base: 0.5 }),
    why: 'It weighs each pair by how hard it is, alone and beside the others of its anchor.',
    watch: 'A batch must hold several rows of each class, and beta decides how few negatives count.',
    behind: 'A smooth form of the hardest positive and the hardest negative of each anchor.',
    instead: 'supCon, where one temperature is enough to tune; triplet, where a miner finds the hard ones.',
  },
  {
    where: { supervision: 'labels', goal: 'segment' },
    ...usual(dice, { convention: 'smp', activation: 'sigmoid' }),
    why: 'Regions that may overlap, each measured by its own overlap.',
    watch: 'Slopes are uneven where a region is a few pixels: add binaryCrossEntropy on the same logits.',
    behind: 'The Dice coefficient, made smooth: a measure of overlap and no likelihood.',
    instead: 'sigmoidFocal, where single pixels matter more than regions.',
  },
  {
    where: { supervision: 'labels', goal: 'predict', imbalanced: true },
    ...usual(sigmoidFocal, { gamma: 2, alpha: 0.25 }),
    why: 'The many labels that are plainly absent count for little.',
    watch:
      'Begin with a bias that makes labels rare, or the first steps are all about their absence; probabilities are not calibrated.',
    behind: `Independent Bernoulli likelihoods, ${FOCAL}`,
    instead: 'binaryCrossEntropy with `positiveWeight`, where probabilities are wanted.',
  },
  {
    where: { supervision: 'labels', goal: 'predict' },
    ...usual(binaryCrossEntropy, {}),
    why: 'Each label is a question of its own, and several may be right.',
    watch: 'It takes logits; a softmax would make labels compete.',
    behind: BERNOULLI,
  },
  {
    where: { supervision: 'pairs', graded: true },
    ...usual(coSent, { scale: 20 }),
    why: 'Only the order of the targets counts, so they need not be cosines.',
    watch: 'A batch of equal targets teaches nothing: mix them.',
    behind: 'A smooth hinge over every two pairs in the wrong order.',
    instead:
      'cosineRegression, where targets are cosines; angle, where cosines saturate; contrastivePairs, for 1 and 0.',
  },
  {
    where: { supervision: 'pairs', goal: 'margin' },
    ...usual(contrastivePairs, { margin: 0.5 }),
    why: 'Pairs that belong together, target 1, close up, and the others, target 0, leave each other by the margin.',
    watch: 'It needs pairs that do not belong together, and hard ones: most are beyond the margin soon.',
    behind: HINGE,
    instead: 'infoNce, where there are no such pairs: the batch makes them.',
  },
  {
    where: { supervision: 'pairs', goal: 'match', batch: 16384 },
    ...usual(sigLip, { temperature: 0.1, bias: -10 }),
    why: 'Each pair is a decision of its own, so a large batch needs no sum over all of it.',
    watch: 'Learn logScale and bias from ln 10 and -10; rows that belong together need equal ids or labels.',
    behind: 'Independent Bernoulli likelihoods of pairs. It bounds no mutual information.',
    instead: 'infoNce with `symmetric`, in smaller batches.',
  },
  {
    where: { supervision: 'pairs', goal: 'match' },
    ...usual(infoNce, { temperature: 0.07, symmetric: true }),
    why: 'Each side is to find the other among the batch, as in CLIP.',
    watch: `${IN_BATCH} Learn logScale from ln(1 / 0.07), at most ln 100.`,
    behind:
      'A categorical likelihood in each direction, averaged: no bound on mutual information is claimed of the average.',
    instead: 'sigLip, in batches of tens of thousands.',
  },
  {
    where: { supervision: 'pairs', goal: 'retrieve' },
    ...usual(infoNce, { temperature: 0.05 }),
    why: 'Ranking the positive above everything else in the batch is what retrieval does.',
    watch: `${IN_BATCH} Mined negatives help most once training has settled.`,
    behind: BOUND,
    instead: 'tripletRows, where memory allows one negative only.',
    logOf: CEILING,
  },
  {
    where: { supervision: 'triplets' },
    ...usual(tripletRows, { margin: 0.2 }),
    why: 'It takes each triplet as it is given.',
    watch:
      'Look at `active`: once most triplets are satisfied nothing is learned, and harder ones must be mined.',
    behind: 'A margin between two distances and no likelihood: a gradient only where it is violated.',
    instead: "infoNce, with the negatives among the batch's: its form of many classes.",
  },
  {
    where: { supervision: 'embeddings', batch: 512 },
    ...usual(infoNce, { temperature: 0.05 }),
    why: 'Two views of a row find each other among many others.',
    watch: `${IN_BATCH} Views decide what is learned: what they always share.`,
    behind: BOUND,
    instead: 'vicreg or barlowTwins, where other rows of the batch may be of the same kind.',
    logOf: CEILING,
  },
  {
    where: { supervision: 'embeddings' },
    ...usual(vicreg, { invariance: 25, variance: 25, covariance: 1 }),
    why: 'No negatives: columns are kept spread and uncorrelated, which small batches allow.',
    watch: 'Log its three terms: a variance near its weight means that columns have collapsed.',
    behind: 'Agreement of the views, under statistics that forbid all rows to be one.',
    instead: 'barlowTwins, with wide embeddings; infoNce, with large batches.',
  },
  {
    where: { supervision: 'scores', goal: 'shares' },
    ...usual(distillKl, { temperature: 1 }),
    why: 'It hands on how the teacher ranks many negatives, and by how much.',
    watch: 'Scores of a teacher differ in scale: the temperature decides how much of the tail is learned.',
    behind: 'The divergence of the student from the teacher, both a softmax over the candidates.',
    instead: 'klDivergence, for class probabilities of a teacher.',
  },
  {
    where: { supervision: 'scores', goal: 'margins' },
    ...usual(marginMse, {}),
    why: "It asks for the teacher's difference and not for its scores, so the two may live on other scales of zero.",
    watch: 'Inner products must reach the size of the differences: with unit rows they cannot.',
    behind: 'A Gaussian likelihood of differences of scores.',
    instead: 'distillKl, with many negatives an anchor.',
  },
];
