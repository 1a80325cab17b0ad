import { crammerSinger } from '../../losses/hinge/crammer-singer.ts';
import { hingeEmbedding } from '../../losses/hinge/hinge-embedding.ts';
import { hinge } from '../../losses/hinge/hinge.ts';
import { modifiedHuber } from '../../losses/hinge/modified-huber.ts';
import { multiClassHinge } from '../../losses/hinge/multi-class-hinge.ts';
import { multiLabelMargin } from '../../losses/hinge/multi-label-margin.ts';
import { softMargin } from '../../losses/hinge/soft-margin.ts';
import { squaredHinge } from '../../losses/hinge/squared-hinge.ts';
import { classLogits, targets, unweightedTargets } from '../inputs.ts';
import { number, numbers, oneOfNumbers } from '../option.ts';
import { row, type Row } from '../row.ts';
import { ELEMENTWISE, REDUCTION } from './shared.ts';

export const HINGE: readonly Row[] = [
  row({
    name: 'crammerSinger',
    says: 'max_c (s_c + margin [c ≠ y]) - s_y: the right class against the best of the others',
    paper: 'Crammer and Singer 2001',
    takes: classLogits,
    options: { margin: number(1), reduction: REDUCTION },
    make: crammerSinger,
  }),
  row({
    name: 'hinge',
    says: 'max(0, margin - y s) of each score s and its sign y, 1 or -1',
    paper: 'Cortes and Vapnik 1995',
    takes: targets,
    options: { margin: number(1), slopeAtMargin: oneOfNumbers([1, 0.5], 1), ...ELEMENTWISE },
    make: hinge,
  }),
  row({
    name: 'hingeEmbedding',
    says: 'd where the target is 1 and max(0, margin - d) where it is -1, of distances d',
    paper: 'torch’s hinge_embedding_loss',
    takes: targets,
    options: { margin: number(1), ...ELEMENTWISE },
    make: hingeEmbedding,
  }),
  row({
    name: 'modifiedHuber',
    says: 'max(0, 1 - y s)², and the line -4 y s where y s < -1: outliers count by their size',
    paper: 'Zhang 2004',
    takes: targets,
    options: ELEMENTWISE,
    make: modifiedHuber,
  }),
  row({
    name: 'multiClassHinge',
    says: 'Σ max(0, margin - s_y + s_c)^power / classes: the right class against each of the others',
    paper: 'Weston and Watkins 1999',
    takes: classLogits,
    options: {
      margin: number(1),
      power: oneOfNumbers([1, 2], 1),
      weight: numbers(),
      reduction: REDUCTION,
    },
    make: multiClassHinge,
  }),
  row({
    name: 'multiLabelMargin',
    says: 'Σ max(0, margin - s_r + s_w) / labels: each right label r (target 1) against each wrong w (target 0)',
    paper: 'torch’s multilabel_margin_loss',
    takes: unweightedTargets,
    options: { margin: number(1), reduction: REDUCTION },
    make: multiLabelMargin,
  }),
  row({
    name: 'softMargin',
    says: 'log(1 + exp(-y s)) of each score s and its sign y, 1 or -1',
    paper: 'Cox 1958; torch’s soft_margin_loss',
    takes: targets,
    options: ELEMENTWISE,
    make: softMargin,
  }),
  row({
    name: 'squaredHinge',
    says: 'max(0, margin - y s)² of each score s and its sign y, 1 or -1',
    paper: 'Tang 2013',
    takes: targets,
    options: { margin: number(1), ...ELEMENTWISE },
    make: squaredHinge,
  }),
];
