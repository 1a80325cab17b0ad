import type { Logits } from '../../core/batches.ts';
import { matrix, type Matrix } from '../../core/matrix.ts';
import { kernels } from '../../kernels/active.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { checkHeld, eachShare } from './classes.ts';

/**
 * Goes through what the rows of a batch are held to, checked: `slopeOf` adds up the terms of log softmax that it is called with, for
 * each class a row has a share in, and gives their slopes along it. The result is the gradient of the logits, which may be
 * written over them.
 */
export function softmaxTerms(
  where: string,
  batch: Logits,
  into: Matrix | undefined,
  slopeOf: (i: number, c: number, share: number, log: number) => number,
  leak?: number,
): Matrix {
  const { logits } = batch;
  checkHeld(where, batch);
  checkFiniteRows(where, 'logits', logits);
  const logs = kernels.logSoftmax(logits);
  const slopes = into ?? matrix(logits.rows, logits.cols);
  slopes.data.fill(0);
  const visit = (i: number, c: number, share: number) => {
    const e = i * logits.cols + c;
    slopes.data[e] = slopeOf(i, c, share, logs.data[e]);
  };
  eachShare(batch, visit, leak);
  return kernels.logSoftmaxBackward(logs, slopes, slopes);
}
