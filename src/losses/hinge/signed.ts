import type { TargetGradients, Targets } from '../../core/batches.ts';
import type { ElementwiseKind } from '../../kernels/kernels.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { checkEither } from './check-either.ts';

/** An elementwise loss whose targets are the sign each prediction should have, 1 or -1. */
export function signed(
  where: string,
  which: { readonly kind: ElementwiseKind; readonly parameter?: number },
  options: ElementwiseOptions,
): Loss<Targets, TargetGradients> {
  const loss = elementwise(where, which, options);
  return (batch, into) => {
    checkEither(where, batch.targets, [1, -1]);
    return loss(batch, into);
  };
}
