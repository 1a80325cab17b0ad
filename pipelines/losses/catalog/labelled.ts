import { cosine } from '../../../src/distances/cosine.ts';
import { circle } from '../../../src/losses/labelled/circle.ts';
import { contrastive } from '../../../src/losses/labelled/contrastive.ts';
import { decoupledContrastive } from '../../../src/losses/labelled/decoupled-contrastive.ts';
import { GEOMETRIES, PAIR_REDUCTIONS } from '../../../src/losses/labelled/labelled-pairs.ts';
import { liftedStructure } from '../../../src/losses/labelled/lifted-structure.ts';
import { multiSimilarity } from '../../../src/losses/labelled/multi-similarity.ts';
import { ntXent } from '../../../src/losses/labelled/nt-xent.ts';
import { supCon } from '../../../src/losses/labelled/sup-con.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { labelled } from '../inputs.ts';
import { distance, number, oneOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { REDUCTION, SIMILARITY } from './shared.ts';

const PAIR_REDUCTION = oneOf(PAIR_REDUCTIONS, 'mean');
const GEOMETRY = oneOf(GEOMETRIES, 'chord');

export const LABELLED: readonly Row[] = [
  row({
    name: 'circle',
    says: 'log(1 + Σ exp(γ a_n (s_n - m)) Σ exp(-γ a_p (s_p - 1 + m))): pairs far from their goal move faster',
    paper: 'Sun et al. 2020',
    takes: labelled,
    options: { margin: number(0.4), gamma: number(80), reduction: PAIR_REDUCTION },
    make: circle,
  }),
  row({
    name: 'contrastive',
    says: 'max(0, d - m_p) of each pair of one label and max(0, m_n - d) of each pair of two',
    paper: 'Hadsell et al. 2006',
    takes: labelled,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      geometry: GEOMETRY,
      reduction: oneOf(PAIR_REDUCTIONS, 'active'),
    },
    make: contrastive,
  }),
  row({
    name: 'decoupledContrastive',
    says: '-s_p / τ + log Σ exp(s_n / τ): the positive is not in the sum, so small batches do',
    paper: 'Yeh et al. 2022',
    takes: labelled,
    options: { temperature: number(0.1), similarity: SIMILARITY, reduction: PAIR_REDUCTION },
    make: decoupledContrastive,
  }),
  row({
    name: 'liftedStructure',
    says: 'max(0, J)² / 2 of each positive pair, J its distance and a soft maximum over both ends’ negatives',
    paper: 'Oh Song et al. 2016',
    takes: labelled,
    options: {
      positiveMargin: number(0),
      negativeMargin: number(1),
      geometry: GEOMETRY,
      reduction: PAIR_REDUCTION,
    },
    make: liftedStructure,
  }),
  row({
    name: 'multiSimilarity',
    says: 'soft sums of exp(-α (s_p - λ)) and of exp(β (s_n - λ)): pairs weigh by what is near them',
    paper: 'Wang et al. 2019',
    takes: labelled,
    options: {
      alpha: number(2),
      beta: number(50),
      base: number(0.5),
      similarity: SIMILARITY,
      reduction: PAIR_REDUCTION,
    },
    make: multiSimilarity,
  }),
  row({
    name: 'ntXent',
    says: '-log softmax(s / τ) of each positive pair against the anchor’s negatives (SimCLR)',
    paper: 'Chen et al. 2020',
    takes: labelled,
    options: { temperature: number(0.07), similarity: SIMILARITY, reduction: PAIR_REDUCTION },
    make: ntXent,
  }),
  row({
    name: 'supCon',
    says: 'the mean over an anchor’s positives of -log softmax(s / τ) among all other rows',
    paper: 'Khosla et al. 2020',
    takes: labelled,
    options: { temperature: number(0.1), similarity: SIMILARITY, reduction: PAIR_REDUCTION },
    make: supCon,
  }),
  row({
    name: 'triplet',
    says: 'max(0, d(a, p) - d(a, n) + margin) over all triplets of the labels',
    paper: 'Schroff et al. 2015',
    takes: labelled,
    options: { margin: number(0.2), distance: distance(cosine), reduction: REDUCTION },
    make: triplet,
  }),
];
