import { cosine } from '../../distances/cosine.ts';
import { dot } from '../../distances/dot.ts';
import { alignment } from '../../losses/views/alignment.ts';
import { barlowTwins } from '../../losses/views/barlow-twins.ts';
import { distillKl } from '../../losses/views/distill-kl.ts';
import type { FalseNegativeOptions } from '../../losses/views/false-negatives.ts';
import type { Hardness } from '../../losses/views/hardness.ts';
import { infoNce } from '../../losses/views/info-nce.ts';
import { marginMse } from '../../losses/views/margin-mse.ts';
import { megaBatchMargin } from '../../losses/views/mega-batch-margin.ts';
import { negativeCosine } from '../../losses/views/negative-cosine.ts';
import { sigLip } from '../../losses/views/sig-lip.ts';
import { supConViews } from '../../losses/views/sup-con-views.ts';
import { tripletRows } from '../../losses/views/triplet-rows.ts';
import { uniformity } from '../../losses/views/uniformity.ts';
import { vicreg } from '../../losses/views/vicreg.ts';
import {
  embeddings,
  guidedViews,
  marginViews,
  multiViews,
  scoredViews,
  shiftedViews,
  triples,
  twoViews,
  views,
} from '../inputs.ts';
import { distance, flag, number, oneOf, parts, someOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { REDUCTION, SIMILARITY } from './shared.ts';

const NEGATIVES = oneOf(['shared', 'own'], 'shared');

const HARDNESS = parts<Hardness>(
  { strength: number(), of: oneOf(['own', 'inBatch', 'all']) },
  ({ strength, of }) => (strength === undefined || of === undefined ? undefined : { strength, of }),
);

const FALSE_NEGATIVES = parts<FalseNegativeOptions>(
  {
    margin: number(0),
    strategy: oneOf(['absolute', 'relative'], 'absolute'),
    countAs: oneOf(['negatives', 'positives'], 'negatives'),
    weight: number(0),
  },
  (chosen) => chosen,
);

export const VIEWS: readonly Row[] = [
  row({
    name: 'alignment',
    says: '|anchor - positive|^alpha of each anchor; uniformity is its counterpart',
    paper: 'Wang and Isola 2020',
    takes: twoViews,
    options: { alpha: number(2), reduction: REDUCTION },
    make: alignment,
  }),
  row({
    name: 'barlowTwins',
    says: 'Σ (C_kk - 1)² + lambda Σ C_kl², C the correlation of the columns of two views',
    paper: 'Zbontar et al. 2021',
    takes: twoViews,
    options: { lambda: number(0.0051), epsilon: number(1e-5) },
    make: barlowTwins,
  }),
  row({
    name: 'distillKl',
    says: 'τ² Σ t log(t / s), softmaxes of a teacher’s scores and of -d over a positive and its own negatives',
    paper: 'Hinton et al. 2015; Lin et al. 2020',
    takes: scoredViews,
    options: { temperature: number(1), distance: distance(dot), reduction: REDUCTION },
    make: distillKl,
  }),
  row({
    name: 'infoNce',
    says: "-log softmax(s / τ) of an anchor's positive among all positives and the negatives it meets",
    paper: 'van den Oord et al. 2018; Radford et al. 2021 (symmetric)',
    takes: guidedViews,
    options: {
      temperature: number(0.05),
      scale: number(),
      similarity: SIMILARITY,
      symmetric: flag(false),
      negatives: NEGATIVES,
      joined: someOf(['anchorToAnchor', 'positiveToAnchor', 'positiveToPositive', 'positiveToNegative']),
      knownPositives: oneOf(['leftOut', 'counted'], 'leftOut'),
      hardness: HARDNESS,
      falseNegatives: FALSE_NEGATIVES,
      reduction: REDUCTION,
    },
    make: infoNce,
  }),
  row({
    name: 'marginMse',
    says: '(d(a, n) - d(a, p) - margin)² of each negative, the margin being a teacher’s',
    paper: 'Hofstätter et al. 2020',
    takes: marginViews,
    options: { distance: distance(dot), reduction: REDUCTION },
    make: marginMse,
  }),
  row({
    name: 'megaBatchMargin',
    says: 'max(0, m_p - s_p) + max(0, s_n - m_n) of each anchor’s positive and its most similar negative',
    paper: 'Wieting and Gimpel 2018',
    takes: views,
    options: { positiveMargin: number(0.8), negativeMargin: number(0.3), reduction: REDUCTION },
    make: megaBatchMargin,
  }),
  row({
    name: 'negativeCosine',
    says: '-cos(anchor, positive)',
    paper: 'Chen and He 2021',
    takes: twoViews,
    options: { reduction: REDUCTION },
    make: negativeCosine,
  }),
  row({
    name: 'sigLip',
    says: 'log(1 + exp(-z (t s + b))) of every pair, z = 1 of an anchor and its positive and -1 of others',
    paper: 'Zhai et al. 2023',
    takes: shiftedViews,
    options: {
      temperature: number(0.1),
      scale: number(),
      bias: number(-10),
      similarity: SIMILARITY,
      negatives: NEGATIVES,
      reduction: REDUCTION,
    },
    make: sigLip,
  }),
  row({
    name: 'supConViews',
    says: 'supCon of several views of each item, whose other views, and those of its label, are positives',
    paper: 'Khosla et al. 2020',
    takes: multiViews,
    options: {
      temperature: number(0.07),
      baseTemperature: number(),
      anchors: oneOf(['all', 'first'], 'all'),
      similarity: SIMILARITY,
      reduction: REDUCTION,
    },
    make: supConViews,
  }),
  row({
    name: 'tripletRows',
    says: 'max(0, d(a, p) - d(a, n) + margin) of each negative, its owner and the owner’s positive',
    paper: 'Schroff et al. 2015',
    takes: triples,
    options: {
      margin: number(0.2),
      distance: distance(cosine),
      swap: flag(false),
      softMargin: flag(false),
      reduction: REDUCTION,
    },
    make: tripletRows,
  }),
  row({
    name: 'uniformity',
    says: 'log of the mean of exp(-t |x - y|²) over all pairs of rows: lower the more evenly they are spread',
    paper: 'Wang and Isola 2020',
    takes: embeddings,
    options: { t: number(2) },
    make: uniformity,
  }),
  row({
    name: 'vicreg',
    says: 'two views near one another, each column spread out, and no two columns alike',
    paper: 'Bardes et al. 2022',
    takes: twoViews,
    options: {
      invariance: number(25),
      variance: number(25),
      covariance: number(1),
      epsilon: number(1e-4),
    },
    make: vicreg,
  }),
];
