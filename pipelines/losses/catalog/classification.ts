import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import { logits, targets } from '../inputs.ts';
import { number, numbers } from '../option.ts';
import { row, type Row } from '../row.ts';
import { ELEMENTWISE, REDUCTION } from './shared.ts';

export const CLASSIFICATION: readonly Row[] = [
  row({
    name: 'binaryCrossEntropy',
    says: '-y log σ(x) - (1 - y) log(1 - σ(x)) of each logit x: several labels may be right',
    paper: 'Cox 1958',
    takes: targets,
    options: { positiveWeight: numbers(), ...ELEMENTWISE },
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
];
