import { cosine } from '../../distances/cosine.ts';
import { angular } from '../../losses/labelled/angular.ts';
import { batchAllTriplet } from '../../losses/labelled/batch-all-triplet.ts';
import { batchHardTriplet } from '../../losses/labelled/batch-hard-triplet.ts';
import { batchSemiHardTriplet } from '../../losses/labelled/batch-semi-hard-triplet.ts';
import { circle } from '../../losses/labelled/circle.ts';
import { contrastive } from '../../losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../../losses/labelled/decoupled-contrastive.ts';
import { fastAp } from '../../losses/labelled/fast-ap.ts';
import { generalizedLiftedStructure } from '../../losses/labelled/generalized-lifted-structure.ts';
import { intraPairVariance } from '../../losses/labelled/intra-pair-variance.ts';
import { GEOMETRIES, PAIR_REDUCTIONS } from '../../losses/labelled/labelled-pairs.ts';
import { liftedStructure } from '../../losses/labelled/lifted-structure.ts';
import { marginLoss } from '../../losses/labelled/margin-loss.ts';
import { multiSimilarity } from '../../losses/labelled/multi-similarity.ts';
import { nPairs } from '../../losses/labelled/n-pairs.ts';
import { nca } from '../../losses/labelled/nca.ts';
import { ntXent } from '../../losses/labelled/nt-xent.ts';
import { snrContrastive } from '../../losses/labelled/snr-contrastive.ts';
import { supCon } from '../../losses/labelled/sup-con.ts';
import { triplet } from '../../losses/labelled/triplet.ts';
import { tupletMargin } from '../../losses/labelled/tuplet-margin.ts';
import { ACTIVE_REDUCTIONS } from '../../losses/loss.ts';
import { labelled, marginLabelled, referred } from '../inputs.ts';
import { distance, flag, number, numberOr, numbers, oneOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { SIMILARITY } from './shared.ts';

/** Of losses of all pairs. */
const PAIR_OPTIONS = { reduction: oneOf(PAIR_REDUCTIONS, 'mean'), classWeights: numbers() };
const ACTIVE_PAIR_OPTIONS = { ...PAIR_OPTIONS, reduction: oneOf(PAIR_REDUCTIONS, 'active') };

const MEAN = oneOf(ACTIVE_REDUCTIONS, 'mean');
const ACTIVE = oneOf(ACTIVE_REDUCTIONS, 'active');
const CHORD = oneOf(GEOMETRIES, 'chord');
const COSINE = oneOf(GEOMETRIES, 'cosine');

export const LABELLED: readonly Row[] = [
  row({
    name: 'angular',
    says: 'log(1 + Σ exp(4 tan²α (a + p) · n - 2 (1 + tan²α) a · p)): no negative sees a pair wider than α',
    paper: 'Wang et al. 2017',
    takes: labelled,
    options: {
      alpha: number(40),
      negatives: oneOf(['unit', 'raw'], 'unit'),
      reduction: MEAN,
    },
    make: angular,
  }),
  row({
    name: 'batchAllTriplet',
    says: 'max(0, d(a, p) - d(a, n) + margin) over all triplets of the labels, a mean over violated ones',
    paper: 'Hermans et al. 2017',
    takes: referred,
    options: { margin: number(0.2), geometry: COSINE, ...ACTIVE_PAIR_OPTIONS },
    make: batchAllTriplet,
  }),
  row({
    name: 'batchHardTriplet',
    says: 'max(0, d(a, p) - d(a, n) + margin) of each anchor’s farthest positive and nearest negative',
    paper: 'Hermans et al. 2017',
    takes: referred,
    options: {
      margin: numberOr('soft', 0.2),
      geometry: COSINE,
      anchors: oneOf(['complete', 'all'], 'complete'),
      ...PAIR_OPTIONS,
    },
    make: batchHardTriplet,
  }),
  row({
    name: 'batchSemiHardTriplet',
    says: 'max(0, d(a, p) - d(a, n) + margin) of each positive pair, n the nearest negative beyond p',
    paper: 'Schroff et al. 2015',
    takes: referred,
    options: {
      margin: number(0.2),
      geometry: COSINE,
      anchors: oneOf(['complete', 'all'], 'complete'),
      ...PAIR_OPTIONS,
    },
    make: batchSemiHardTriplet,
  }),
  row({
    name: 'circle',
    says: 'log(1 + Σ exp(γ a_n (s_n - m)) Σ exp(-γ a_p (s_p - 1 + m))): pairs far from their goal move faster',
    paper: 'Sun et al. 2020',
    takes: referred,
    options: { margin: number(0.4), gamma: number(80), ...PAIR_OPTIONS },
    make: circle,
  }),
  row({
    name: 'contrastive',
    says: 'max(0, d - m_p) of each pair of one label and max(0, m_n - d) of each pair of two',
    paper: 'Hadsell et al. 2006',
    takes: referred,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      geometry: CHORD,
      ...ACTIVE_PAIR_OPTIONS,
    },
    make: contrastive,
  }),
  row({
    name: 'decoupledContrastive',
    says: '-s_p / τ + log Σ exp(s_n / τ): the positive is not in the sum, so small batches do',
    paper: 'Yeh et al. 2022',
    takes: referred,
    options: { temperature: number(0.1), similarity: COSINE, ...PAIR_OPTIONS },
    make: decoupledContrastive,
  }),
  row({
    name: 'fastAp',
    says: '1 - average precision of each anchor’s ranking, from soft histograms of distances',
    paper: 'Cakir et al. 2019',
    takes: referred,
    options: { bins: number(10), ...PAIR_OPTIONS },
    make: fastAp,
  }),
  row({
    name: 'generalizedLiftedStructure',
    says: 'max(0, log Σ exp(d_p - m_p) + log Σ exp(m_n - d_n)) of each anchor, over all its pairs',
    paper: 'Hermans et al. 2017',
    takes: referred,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      geometry: CHORD,
      ...PAIR_OPTIONS,
    },
    make: generalizedLiftedStructure,
  }),
  row({
    name: 'intraPairVariance',
    says: 'max(0, (1 - ε) μ_p - s_p)² and max(0, s_n - (1 + ε) μ_n)²: similarities near the mean μ of their kind',
    paper: 'Yu and Tao 2019',
    takes: labelled,
    options: {
      positiveSlack: number(0.01),
      negativeSlack: number(0.01),
      reduction: MEAN,
    },
    make: intraPairVariance,
  }),
  row({
    name: 'liftedStructure',
    says: 'max(0, J)² / 2 of each positive pair, J its distance and a soft maximum over both ends’ negatives',
    paper: 'Oh Song et al. 2016',
    takes: referred,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      geometry: CHORD,
      ...PAIR_OPTIONS,
    },
    make: liftedStructure,
  }),
  row({
    name: 'marginLoss',
    says: 'max(0, d(a, p) - β + margin) + max(0, β - d(a, n) + margin) over all triplets; β may be learned',
    paper: 'Wu et al. 2017',
    takes: marginLabelled,
    options: {
      margin: number(0.2),
      beta: number(1.2),
      nu: number(0),
      geometry: CHORD,
      reduction: ACTIVE,
    },
    make: marginLoss,
  }),
  row({
    name: 'multiSimilarity',
    says: 'soft sums of exp(-α (s_p - λ)) and of exp(β (s_n - λ)): pairs weigh by what is near them',
    paper: 'Wang et al. 2019',
    takes: referred,
    options: {
      alpha: number(2),
      beta: number(50),
      base: number(0.5),
      similarity: SIMILARITY,
      ...PAIR_OPTIONS,
    },
    make: multiSimilarity,
  }),
  row({
    name: 'nca',
    says: '-log of how likely a neighbor, drawn by exp(-scale d²), is of the anchor’s label',
    paper: 'Goldberger et al. 2004',
    takes: referred,
    options: {
      scale: number(1),
      geometry: oneOf(['chord', 'euclidean'], 'chord'),
      ...PAIR_OPTIONS,
    },
    make: nca,
  }),
  row({
    name: 'nPairs',
    says: 'log(1 + Σ exp(s(a_i, p_j) - s(a_i, p_i))): the first two rows of each label, against other labels’',
    paper: 'Sohn 2016',
    takes: labelled,
    options: { geometry: oneOf(GEOMETRIES, 'dot'), reduction: MEAN },
    make: nPairs,
  }),
  row({
    name: 'ntXent',
    says: '-log softmax(s / τ) of each positive pair against the anchor’s negatives (SimCLR)',
    paper: 'Chen et al. 2020',
    takes: referred,
    options: { temperature: number(0.07), similarity: COSINE, ...PAIR_OPTIONS },
    make: ntXent,
  }),
  row({
    name: 'snrContrastive',
    says: 'max(0, d - m_p) and max(0, m_n - d) of pairs, with d = var(x_i - x_j) / var(x_i), noise to signal',
    paper: 'Yuan et al. 2019',
    takes: labelled,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      normalized: flag(true),
      reduction: ACTIVE,
    },
    make: snrContrastive,
  }),
  row({
    name: 'supCon',
    says: 'the mean over an anchor’s positives of -log softmax(s / τ) among all other rows',
    paper: 'Khosla et al. 2020',
    takes: referred,
    options: {
      temperature: number(0.1),
      similarity: COSINE,
      needsNegatives: flag(false),
      ...PAIR_OPTIONS,
    },
    make: supCon,
  }),
  row({
    name: 'triplet',
    says: 'max(0, d(a, p) - d(a, n) + margin) over all triplets of the labels',
    paper: 'Schroff et al. 2015',
    takes: referred,
    options: {
      margin: number(0.2),
      distance: distance(cosine),
      swap: flag(false),
      softMargin: flag(false),
      reduction: MEAN,
      classWeights: numbers(),
    },
    make: triplet,
  }),
  row({
    name: 'tupletMargin',
    says: 'log(1 + Σ exp(scale (cos θ_n - cos(θ_p - margin)))) of each positive pair; margin in degrees',
    paper: 'Yu and Tao 2019',
    takes: referred,
    options: { margin: number(5.73), scale: number(64), ...PAIR_OPTIONS },
    make: tupletMargin,
  }),
];
