import { arcFace } from '../../losses/proxies/arc-face.ts';
import { cosFace } from '../../losses/proxies/cos-face.ts';
import { normalizedSoftmax } from '../../losses/proxies/normalized-softmax.ts';
import { proxyAnchor } from '../../losses/proxies/proxy-anchor.ts';
import { proxyNca } from '../../losses/proxies/proxy-nca.ts';
import { softTriple } from '../../losses/proxies/soft-triple.ts';
import { sphereFace } from '../../losses/proxies/sphere-face.ts';
import { subCenterArcFace } from '../../losses/proxies/sub-center-arc-face.ts';
import { proxied } from '../inputs.ts';
import { number, oneOf } from '../option.ts';
import { row, type Row } from '../row.ts';
import { REDUCTION } from './shared.ts';

export const PROXIES: readonly Row[] = [
  row({
    name: 'arcFace',
    says: 'cross-entropy over scale · cos θ to each class, with cos(θ + margin) for the right one',
    paper: 'Deng et al. 2019',
    takes: proxied,
    options: { marginDegrees: number(28.6), scale: number(64), reduction: REDUCTION },
    make: arcFace,
  }),
  row({
    name: 'cosFace',
    says: 'cross-entropy over scale · cos θ to each class, with cos θ - margin for the right one',
    paper: 'Wang et al. 2018',
    takes: proxied,
    options: { margin: number(0.35), scale: number(64), reduction: REDUCTION },
    make: cosFace,
  }),
  row({
    name: 'normalizedSoftmax',
    says: 'cross-entropy over cos / τ to each class',
    paper: 'Zhai and Wu 2019',
    takes: proxied,
    options: { temperature: number(0.05), reduction: REDUCTION },
    make: normalizedSoftmax,
  }),
  row({
    name: 'proxyAnchor',
    says: 'soft sums over a class’s rows of exp(-α (cos - margin)), and over the others of exp(α (cos + margin))',
    paper: 'Kim et al. 2020',
    takes: proxied,
    options: { margin: number(0.1), alpha: number(32), reduction: REDUCTION },
    make: proxyAnchor,
  }),
  row({
    name: 'proxyNca',
    says: '-log softmax(-scale · d) of the distances d to each class, at the right one',
    paper: 'Movshovitz-Attias et al. 2017; Teh et al. 2020',
    takes: proxied,
    options: {
      scale: number(1),
      distance: oneOf(['squaredEuclidean', 'cosine'], 'squaredEuclidean'),
      reduction: REDUCTION,
    },
    make: proxyNca,
  }),
  row({
    name: 'softTriple',
    says: 'cross-entropy over scale · S, less a margin for the right class; S is a soft maximum over its centers',
    paper: 'Qian et al. 2019',
    takes: proxied,
    options: {
      centers: number(10),
      gamma: number(0.1),
      margin: number(0.01),
      scale: number(20),
      reduction: REDUCTION,
    },
    make: softTriple,
  }),
  row({
    name: 'sphereFace',
    says: 'cross-entropy over scale · |x| cos θ to each class, with cos(margin · θ) for the right one',
    paper: 'Liu et al. 2017',
    takes: proxied,
    options: { margin: number(4), scale: number(1), reduction: REDUCTION },
    make: sphereFace,
  }),
  row({
    name: 'subCenterArcFace',
    says: 'arcFace with several proxies a class, of which the nearest counts',
    paper: 'Deng et al. 2020',
    takes: proxied,
    options: {
      marginDegrees: number(28.6),
      scale: number(64),
      centers: number(3),
      reduction: REDUCTION,
    },
    make: subCenterArcFace,
  }),
];
