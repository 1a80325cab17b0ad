import { kernels } from '../kernels/active.ts';
import type { PairGradients, PairLoss, PairResult, Pairs } from '../kernels/kernels.ts';
import type { Loss, LossResult } from './loss.ts';

/**
 * A loss that can also be had as a promise, which leaves the event loop free: `await loss.later(batch)`. The batch and
 * what it is written into are the loss's until then.
 */
export interface PromisedLoss<Input, Gradients> extends Loss<Input, Gradients> {
  later(input: Input, into?: Partial<Gradients>): Promise<LossResult<Gradients>>;
}

/** A call of the pair kernel, and what its answer is to whoever asked for the loss. */
export interface PairCall<Gradients> {
  readonly pairs: readonly [Pairs, PairLoss, PairGradients];
  result(found: PairResult): LossResult<Gradients>;
}

/** A loss that is one call of the pair kernel. */
export function promised<Input, Gradients>(
  call: (input: Input, into: Partial<Gradients>) => PairCall<Gradients>,
): PromisedLoss<Input, Gradients> {
  const now = (input: Input, into: Partial<Gradients> = {}): LossResult<Gradients> => {
    const { pairs, result } = call(input, into);
    return result(kernels.pairs(...pairs));
  };
  const later = async (input: Input, into: Partial<Gradients> = {}): Promise<LossResult<Gradients>> => {
    const { pairs, result } = call(input, into);
    return result(await kernels.later.pairs(...pairs));
  };
  return Object.assign(now, { later });
}
