import { huber } from '../../losses/regression/huber.ts';
import { logCosh } from '../../losses/regression/log-cosh.ts';
import { mae } from '../../losses/regression/mae.ts';
import { mse } from '../../losses/regression/mse.ts';
import { quantile } from '../../losses/regression/quantile.ts';
import { smoothL1 } from '../../losses/regression/smooth-l1.ts';
import { targets } from '../inputs.ts';
import { number } from '../option.ts';
import { row, type Row } from '../row.ts';
import { ELEMENTWISE } from './shared.ts';

export const REGRESSION: readonly Row[] = [
  row({
    name: 'huber',
    says: 'e² / 2 up to |e| = delta, and a line of slope delta beyond',
    paper: 'Huber 1964',
    takes: targets,
    options: { delta: number(1), ...ELEMENTWISE },
    make: huber,
  }),
  row({
    name: 'logCosh',
    says: 'log cosh e: e² / 2 near 0 and |e| - log 2 far from it',
    paper: 'Green 1990',
    takes: targets,
    options: ELEMENTWISE,
    make: logCosh,
  }),
  row({
    name: 'mae',
    says: '|e|, e = prediction - target',
    paper: 'Laplace 1774',
    takes: targets,
    options: ELEMENTWISE,
    make: mae,
  }),
  row({
    name: 'mse',
    says: 'e², e = prediction - target',
    paper: 'Gauss 1809',
    takes: targets,
    options: ELEMENTWISE,
    make: mse,
  }),
  row({
    name: 'quantile',
    says: 'q |e| where the target is above and (1 - q) |e| where it is below: at its least the q-quantile',
    paper: 'Koenker and Bassett 1978',
    takes: targets,
    options: { quantile: number(0.5), ...ELEMENTWISE },
    make: quantile,
  }),
  row({
    name: 'smoothL1',
    says: 'e² / (2 beta) up to |e| = beta, and |e| - beta / 2 beyond: huber over its delta',
    paper: 'Girshick 2015',
    takes: targets,
    options: { beta: number(1), ...ELEMENTWISE },
    make: smoothL1,
  }),
];
