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
  /** who says so, and of a number of rows or classes whether it is somebody's finding or a rule of thumb */
  readonly source: string;
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

/** What stands behind the losses that most others are made of. */
export const FAMILIES = {
  mse: 'A Gaussian likelihood: its negative logarithm, up to a factor and a constant.',
  mae: 'A Laplace likelihood: its negative logarithm, up to a factor and a constant.',
  crossEntropy:
    'A categorical likelihood: its negative logarithm, with gradient softmax - y along the logits, so that a row told right with certainty has none.',
  binaryCrossEntropy:
    'Independent Bernoulli likelihoods, one a label, with gradient sigmoid - y along each logit.',
  hinge:
    'A margin and no likelihood: a gradient only where the margin is violated, so scores are no probabilities.',
  triplet: 'A margin between two distances and no likelihood: a gradient only where it is violated.',
  infoNce:
    'The multi-class form of the triplet loss: a softmax over one positive and all negatives. One-way, unmasked and unmined, and only so, log N - loss is a lower bound on the mutual information of the two sides, N the candidates of an anchor; it never exceeds log N, however much they share.',
} as const;

const CHANCE = { question: 'classes', says: 'the loss of a model that knows nothing' } as const;
const IN_BATCH =
  'The positives of other rows are the negatives: rows that belong together need equal ids or labels, or they are pushed apart. A colder temperature looks at the nearest negatives only.';
const CEILING = {
  question: 'batch',
  says: 'what the bound on mutual information cannot exceed, with all positives of the batch as candidates and nothing else',
} as const;
const FOCAL = 'its terms multiplied by how wrong they are, to the power gamma; no likelihood any more.';

/** The first whose `where` is met is the one to take. */
export const GUIDE: readonly Advice[] = [
  {
    where: { supervision: 'values', goal: 'quantile' },
    ...usual(quantile, { quantile: 0.9 }),
    why: 'Its least value over predictions is the quantile itself.',
    watch: 'One model a quantile: two learned apart may cross.',
    behind: 'An asymmetric Laplace likelihood; at 0.5 half the absolute error.',
    source: 'Koenker and Bassett 1978.',
  },
  {
    where: { supervision: 'values', goal: 'median' },
    ...usual(mae, {}),
    why: 'Its least value over predictions is the median, which outliers do not move.',
    watch: 'The slope is as steep near the target as far from it: the rate must fall for it to settle.',
    behind: FAMILIES.mae,
    instead: 'huber, where a kink at the target does harm.',
    source: 'Laplace 1774.',
  },
  {
    where: { supervision: 'values', goal: 'mean', outliers: true },
    ...usual(huber, { delta: 1 }),
    why: 'Small errors count by their square, and an outlier pulls no harder than delta.',
    watch: 'delta is in the units of the targets: scale them first, or set it where outliers begin.',
    behind: 'Between a Gaussian likelihood, up to delta, and a Laplace one, beyond.',
    instead: 'mae, where outliers are so many that only the median is worth having.',
    source: 'Huber 1964.',
  },
  {
    where: { supervision: 'values', goal: 'mean' },
    ...usual(mse, {}),
    why: 'Where noise is Gaussian, and as strong everywhere, it is the likeliest fit; its least value over predictions is the mean.',
    watch: 'An outlier counts by its square: look at the largest errors before training long.',
    behind: FAMILIES.mse,
    instead: 'huber, as soon as there are outliers.',
    source: 'Gauss 1809.',
  },
  {
    where: { supervision: 'classes', goal: 'predict', imbalanced: true, 'large-model': true },
    ...usual(crossEntropy, { labelSmoothing: 0.1 }),
    why: 'Smoothing keeps a large model from certainty it has no ground for; weights make up for rare classes.',
    watch:
      'Give `weight`, one number a class, such as one over its share: probabilities are then of reweighted data.',
    behind: FAMILIES.crossEntropy,
    instead: 'softmaxFocal, where easy rows of the common classes drown the others.',
    logOf: CHANCE,
    source: 'Szegedy et al. 2016, section 7 (smoothing); the weights are a rule of thumb.',
  },
  {
    where: { supervision: 'classes', goal: 'predict', imbalanced: true },
    ...usual(softmaxFocal, { gamma: 2 }),
    why: 'Rows told right already, most of them of common classes, count for little.',
    watch: 'At its least it does not give the true probabilities, and mislabelled rows count the most.',
    behind: `A categorical likelihood, ${FOCAL}`,
    instead: 'crossEntropy with `weight`, where probabilities are wanted.',
    logOf: {
      question: 'classes',
      says: 'the cross-entropy, before its terms are scaled down, of a model that knows nothing',
    },
    source: 'Lin et al. 2017, there of sigmoids; Charoenphakdee et al. 2021 on its probabilities.',
  },
  {
    where: { supervision: 'classes', goal: 'predict', 'large-model': true },
    ...usual(crossEntropy, { labelSmoothing: 0.1 }),
    why: 'One class of many, by a model that would otherwise grow certain of every training row.',
    watch: 'With smoothing the least value is above 0; a teacher trained so teaches less.',
    behind: FAMILIES.crossEntropy,
    logOf: CHANCE,
    source: 'Szegedy et al. 2016, section 7, with 0.1; Müller et al. 2019 on teachers.',
  },
  {
    where: { supervision: 'classes', goal: 'predict' },
    ...usual(crossEntropy, {}),
    why: 'One class of many, and probabilities that can be believed.',
    watch: 'It takes logits: a softmax before it is one too many.',
    behind: FAMILIES.crossEntropy,
    instead: 'poly1CrossEntropy, for one more setting to tune.',
    logOf: CHANCE,
    source: 'Bridle 1990.',
  },
  {
    where: { supervision: 'classes', goal: 'margin', classes: 3 },
    ...usual(multiClassHinge, { margin: 1 }),
    why: 'The right class is to score higher than any other by the margin, and no more is asked.',
    watch: 'Scores need a bound, such as weight decay, or the margin means nothing.',
    behind: FAMILIES.hinge,
    instead: 'crammerSinger, which looks at the worst other class only.',
    source: 'Weston and Watkins 1999.',
  },
  {
    where: { supervision: 'classes', goal: 'margin' },
    ...usual(hinge, { margin: 1 }),
    why: 'A score on the right side of 0 by the margin is right enough.',
    watch: 'Targets are 1 and -1, not 1 and 0.',
    behind: FAMILIES.hinge,
    instead: 'squaredHinge for a smooth slope, modifiedHuber where labels are noisy too.',
    source: 'Cortes and Vapnik 1995.',
  },
  {
    where: { supervision: 'classes', goal: 'segment', imbalanced: true },
    ...usual(dice, { convention: 'smp' }),
    why: 'It measures overlap, so that a background of any size does not drown a small region.',
    watch: 'Slopes are uneven where a region is a few pixels: add crossEntropy on the same logits.',
    behind: 'The Dice coefficient, made smooth: a measure of overlap and no likelihood.',
    instead: 'softmaxFocal, where single pixels matter more than regions.',
    source:
      'Milletari et al. 2016; to add cross-entropy is a rule of thumb, and the default of nnU-Net (Isensee et al. 2021).',
  },
  {
    where: { supervision: 'classes', goal: 'segment' },
    ...usual(crossEntropy, {}),
    why: 'Each pixel is a row of logits, and classes of like size need no more.',
    watch: 'ignoreIndex, -100, marks pixels that nobody labelled.',
    behind: FAMILIES.crossEntropy,
    instead: 'dice, as soon as some regions are small.',
    logOf: CHANCE,
    source: 'A rule of thumb.',
  },
  {
    where: { supervision: 'classes', goal: 'verify' },
    ...usual(arcFace, { marginDegrees: 28.6, scale: 64 }),
    why: 'Each class keeps an angle clear around itself, which holds for faces never seen.',
    watch:
      'It learns classes × dim proxies; from scratch begin with a small margin, and a scale of 30 for few classes.',
    behind: 'A categorical likelihood over cosines, with a margin added to the angle of the right class.',
    instead: 'cosFace, whose margin is on the cosine; subCenterArcFace, where labels are noisy.',
    source: 'Deng et al. 2019, with a margin of 0.5 and a scale of 64; the smaller ones are a rule of thumb.',
  },
  {
    where: { supervision: 'classes', goal: 'embed', classes: 1000 },
    ...usual(proxyAnchor, { margin: 0.1, alpha: 32 }),
    why: 'With many classes a batch seldom holds two rows of one; each class has a proxy instead.',
    watch: 'It learns classes × dim proxies, and they want a far higher rate than the model.',
    behind: 'A smooth hardest-pair search between proxies and the rows of the batch.',
    instead: 'arcFace, with as many classes as there are people.',
    source:
      'Kim et al. 2020. 1,000 classes are a rule of thumb: of 512 rows drawn from as many equal classes two in five find another of theirs, of 100 classes nearly all.',
  },
  {
    where: { supervision: 'classes', goal: 'embed' },
    ...usual(supCon, { temperature: 0.1 }),
    why: 'All rows of a class in the batch are positives of one another, all others negatives.',
    watch: 'A batch must hold two rows or more of a class: one alone has no term.',
    behind: 'InfoNCE averaged over several positives.',
    instead: 'multiSimilarity, where ranking matters more than clusters.',
    source: 'Khosla et al. 2020, with 0.1.',
  },
  {
    where: { supervision: 'classes', goal: 'retrieve' },
    ...usual(multiSimilarity, { alpha: 2, beta: 50, base: 0.5 }),
    why: 'It weighs each pair by how hard it is, alone and beside the others of its anchor.',
    watch: 'A batch must hold several rows of each class, and beta decides how few negatives count.',
    behind: 'A smooth form of the hardest positive and the hardest negative of each anchor.',
    instead: 'supCon, where one temperature is enough to tune; triplet, where a miner finds the hard ones.',
    source: 'Wang et al. 2019, with these settings in pytorch-metric-learning.',
  },
  {
    where: { supervision: 'labels', goal: 'segment' },
    ...usual(dice, { convention: 'smp', activation: 'sigmoid' }),
    why: 'Regions that may overlap, each measured by its own overlap.',
    watch: 'Slopes are uneven where a region is a few pixels: add binaryCrossEntropy on the same logits.',
    behind: 'The Dice coefficient, made smooth: a measure of overlap and no likelihood.',
    instead: 'sigmoidFocal, where single pixels matter more than regions.',
    source: 'Milletari et al. 2016; to add cross-entropy is a rule of thumb.',
  },
  {
    where: { supervision: 'labels', goal: 'predict', imbalanced: true },
    ...usual(sigmoidFocal, { gamma: 2, alpha: 0.25 }),
    why: 'The many labels that are plainly absent count for little.',
    watch:
      'Begin with a bias that makes labels rare, or the first steps are all about their absence; at its least it does not give the true probabilities.',
    behind: `Independent Bernoulli likelihoods, ${FOCAL}`,
    instead: 'binaryCrossEntropy with `positiveWeight`, where probabilities are wanted.',
    source:
      'Lin et al. 2017, with these settings, and section 3.3 on the bias; Charoenphakdee et al. 2021 on its probabilities.',
  },
  {
    where: { supervision: 'labels', goal: 'predict' },
    ...usual(binaryCrossEntropy, {}),
    why: 'Each label is a question of its own, and several may be right.',
    watch: 'It takes logits; a softmax would make labels compete.',
    behind: FAMILIES.binaryCrossEntropy,
    source: 'Cox 1958.',
  },
  {
    where: { supervision: 'pairs', graded: true },
    ...usual(coSent, { scale: 20 }),
    why: 'Only the order of the targets counts, so they need not be cosines.',
    watch: 'A batch of equal targets teaches nothing: mix them.',
    behind: 'A smooth hinge over every two pairs in the wrong order.',
    instead:
      'cosineRegression, where targets are cosines; angle, where cosines saturate; contrastivePairs, for 1 and 0.',
    source: 'Su 2022; scale 20 is sentence-transformers’.',
  },
  {
    where: { supervision: 'pairs', goal: 'margin' },
    ...usual(contrastivePairs, { margin: 0.5 }),
    why: 'Pairs that belong together, target 1, close up, and the others, target 0, leave each other by the margin.',
    watch: 'It needs pairs that do not belong together, and hard ones: most are beyond the margin soon.',
    behind: FAMILIES.hinge,
    instead: 'infoNce, where there are no such pairs: the batch makes them.',
    source: 'Hadsell et al. 2006; margin 0.5 of cosine distances is sentence-transformers’.',
  },
  {
    where: { supervision: 'pairs', goal: 'match', batch: 16384 },
    ...usual(infoNce, { temperature: 0.07, symmetric: true }),
    why: 'Each side is to find the other among the batch, as in CLIP.',
    watch: `${IN_BATCH} Learn logScale from ln(1 / 0.07), at most ln 100.`,
    behind:
      'A categorical likelihood in each direction, averaged: no bound on mutual information is claimed of the average.',
    instead: 'sigLip, no worse there, where a sum over the whole batch costs too much.',
    source:
      'Radford et al. 2021, section 2.5, with batches of 32,768; that softmax needs 16,384 rows to catch up with sigLip is of Zhai et al. 2023, section 4.1.',
  },
  {
    where: { supervision: 'pairs', goal: 'match' },
    ...usual(sigLip, { temperature: 0.1, bias: -10 }),
    why: 'Each pair is a decision of its own, which does not need a batch that stands for all there is.',
    watch: 'Learn logScale and bias from ln 10 and -10; rows that belong together need equal ids or labels.',
    behind: 'Independent Bernoulli likelihoods of pairs. It bounds no mutual information.',
    instead:
      'infoNce with `symmetric`, as CLIP has it, in larger batches and where one is used to its temperature.',
    source: 'Zhai et al. 2023, section 4.1: better than softmax by far in batches of less than 16,384.',
  },
  {
    where: { supervision: 'pairs', goal: 'retrieve' },
    ...usual(infoNce, { temperature: 0.05 }),
    why: 'Ranking the positive above everything else in the batch is what retrieval does.',
    watch: `${IN_BATCH} Mined negatives help most once training has settled.`,
    behind: FAMILIES.infoNce,
    instead: 'tripletRows, where memory allows one negative only.',
    logOf: CEILING,
    source:
      'van den Oord et al. 2018, section 2.3 (the bound); Henderson et al. 2017 (negatives of the batch); scale 20, which is 1 / 0.05, is sentence-transformers’.',
  },
  {
    where: { supervision: 'triplets' },
    ...usual(tripletRows, { margin: 0.2 }),
    why: 'It takes each triplet as it is given.',
    watch:
      'Look at `active`: once most triplets are satisfied nothing is learned, and harder ones must be mined.',
    behind: FAMILIES.triplet,
    instead: "infoNce, with the negatives among the batch's: its form of many classes.",
    source: 'Schroff et al. 2015, with 0.2 (of squared distances).',
  },
  {
    where: { supervision: 'embeddings', batch: 512 },
    ...usual(infoNce, { temperature: 0.05 }),
    why: 'Two views of a row find each other among many others.',
    watch: `${IN_BATCH} Views decide what is learned: what they always share.`,
    behind: FAMILIES.infoNce,
    instead: 'vicreg or barlowTwins, where other rows of the batch may be of the same kind.',
    logOf: CEILING,
    source:
      'Chen et al. 2020, section 5.2: the larger the batch the better, most of all in short training. 512 is a rule of thumb.',
  },
  {
    where: { supervision: 'embeddings' },
    ...usual(vicreg, { invariance: 25, variance: 25, covariance: 1 }),
    why: 'No negatives: columns are kept spread and uncorrelated, which small batches allow.',
    watch: 'Log its three terms: a variance near its weight means that columns have collapsed.',
    behind: 'Agreement of the views, under statistics that forbid all rows to be one.',
    instead: 'barlowTwins, with wide embeddings; infoNce, with large batches.',
    source:
      'Bardes et al. 2022, with these settings. That such losses do not require large batches is of Zbontar et al. 2021.',
  },
  {
    where: { supervision: 'scores', goal: 'shares' },
    ...usual(distillKl, { temperature: 1 }),
    why: 'It hands on how the teacher ranks many negatives, and by how much.',
    watch: 'Scores of a teacher differ in scale: the temperature decides how much of the tail is learned.',
    behind: 'The divergence of the student from the teacher, both a softmax over the candidates.',
    instead: 'klDivergence, for class probabilities of a teacher.',
    source: 'Hinton et al. 2015; Lin et al. 2020.',
  },
  {
    where: { supervision: 'scores', goal: 'margins' },
    ...usual(marginMse, {}),
    why: "It asks for the teacher's difference and not for its scores, so the two may live on other scales of zero.",
    watch: 'Inner products must reach the size of the differences: with unit rows they cannot.',
    behind: 'A Gaussian likelihood of differences of scores.',
    instead: 'distillKl, with many negatives an anchor.',
    source: 'Hofstätter et al. 2020.',
  },
];
