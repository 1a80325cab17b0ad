import { pauses } from '../core/patience.ts';
import { kernels } from '../kernels/active.ts';
import type { Kernels, PairGradients, PairLoss, PairResult, Pairs } from '../kernels/kernels.ts';
import type { Loss, LossResult } from './loss.ts';

/**
 * A loss that can also be had as a promise, which leaves the event loop free: `await loss.later(batch)`. The batch and
 * what it is written into are the loss's until then.
 */
export interface PromisedLoss<Input, Gradients> extends Loss<Input, Gradients> {
  later(input: Input, into?: Partial<Gradients>): Promise<LossResult<Gradients>>;
}

/** The kernels that answer at once, or those that promise to. */
type Either = Kernels | Kernels['later'];

/** Work in steps: each is given the kernels to do it by, and may promise to be done. */
export type Steps<Result> = Generator<(by: Either) => void | Promise<void>, Result>;

/** A step that is a kernel's answer. */
export function* ask<Answer>(question: (by: Either) => Answer | Promise<Answer>): Steps<Answer> {
  const answers: Answer[] = [];
  yield (by) => {
    const answer = question(by);
    if (answer instanceof Promise) return answer.then((promised) => void answers.push(promised));
    answers.push(answer);
    return undefined;
  };
  return answers[0];
}

/** Between two pieces of long work: the event loop may have its turn here. */
export function* pause(): Steps<void> {
  yield () => undefined;
}

/** A loss that goes in steps. */
export function inSteps<Input, Gradients>(
  steps: (input: Input, into: Partial<Gradients>) => Steps<LossResult<Gradients>>,
): PromisedLoss<Input, Gradients> {
  const now = (input: Input, into: Partial<Gradients> = {}): LossResult<Gradients> => {
    const work = steps(input, into);
    let step = work.next();
    for (; step.done !== true; step = work.next()) void step.value(kernels);
    return step.value;
  };
  const later = async (input: Input, into: Partial<Gradients> = {}): Promise<LossResult<Gradients>> => {
    const [work, pausing] = [steps(input, into), pauses()];
    let step = work.next();
    for (; step.done !== true; step = work.next()) {
      await step.value(kernels.later);
      await pausing();
    }
    return step.value;
  };
  return Object.assign(now, { later });
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
  return inSteps(function* (input, into) {
    const { pairs, result } = call(input, into);
    return result(yield* ask((by) => by.pairs(...pairs)));
  });
}
