import { cosine } from '../../distances/cosine.ts';
import { angle } from '../../losses/pairs/angle.ts';
import { coSent } from '../../losses/pairs/co-sent.ts';
import { contrastivePairs } from '../../losses/pairs/contrastive-pairs.ts';
import { cosineEmbedding } from '../../losses/pairs/cosine-embedding.ts';
import { cosineRegression } from '../../losses/pairs/cosine-regression.ts';
import { marginRanking } from '../../losses/pairs/margin-ranking.ts';
import { onlineContrastive } from '../../losses/pairs/online-contrastive.ts';
import { REDUCTIONS } from '../../losses/loss.ts';
import { scoredPairs } from '../inputs.ts';
import { distance, number, oneOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { REDUCTION } from './shared.ts';

export const PAIRS: readonly Row[] = [
  row({
    name: 'angle',
    says: 'coSent by the angle of rows as complex numbers, which does not go flat where cosines do',
    paper: 'Li and Li 2023',
    takes: scoredPairs,
    options: { scale: number(20) },
    make: angle,
  }),
  row({
    name: 'contrastivePairs',
    says: 'd² / 2 where the target is 1 and max(0, margin - d)² / 2 where it is 0, and mixtures between',
    paper: 'Hadsell et al. 2006',
    takes: scoredPairs,
    options: { margin: number(0.5), distance: distance(cosine), reduction: REDUCTION },
    make: contrastivePairs,
  }),
  row({
    name: 'coSent',
    says: 'log(1 + Σ exp(scale (c_i - c_j))) over target_i < target_j: cosines c in the order of the targets',
    paper: 'Su 2022',
    takes: scoredPairs,
    options: { scale: number(20) },
    make: coSent,
  }),
  row({
    name: 'cosineEmbedding',
    says: '1 - cos where the target is 1 and max(0, cos - margin) where it is -1',
    paper: 'torch’s cosine_embedding_loss',
    takes: scoredPairs,
    options: { margin: number(0), reduction: REDUCTION },
    make: cosineEmbedding,
  }),
  row({
    name: 'cosineRegression',
    says: '(cos - target)²',
    paper: 'Reimers and Gurevych 2019',
    takes: scoredPairs,
    options: { reduction: REDUCTION },
    make: cosineRegression,
  }),
  row({
    name: 'marginRanking',
    says: 'max(0, margin - y (l - r)) of scores l and r, y = 1 where the left should be higher and -1 otherwise',
    paper: 'Joachims 2002',
    takes: scoredPairs,
    options: { margin: number(0), reduction: REDUCTION },
    make: marginRanking,
  }),
  row({
    name: 'onlineContrastive',
    says: 'd² where the target is 1 and max(0, margin - d)² where it is 0, of the hard pairs of a batch only',
    paper: 'Hadsell et al. 2006; sentence-transformers’ OnlineContrastiveLoss',
    takes: scoredPairs,
    options: { margin: number(0.5), distance: distance(cosine), reduction: oneOf(REDUCTIONS, 'sum') },
    make: onlineContrastive,
  }),
];
