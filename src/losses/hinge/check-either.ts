import { refuseEntry } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';

/** Every target one of two numbers: the labels of one loss are constants to another. */
export function checkEither(where: string, targets: Matrix, [right, wrong]: readonly [number, number]): void {
  const { data } = targets;
  for (let e = 0; e < data.length; e++) {
    if (data[e] !== right && data[e] !== wrong)
      refuseEntry(where, 'targets', `${right} or ${wrong}`, targets, e);
  }
}
