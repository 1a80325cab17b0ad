/** A reduced loss and the gradient of each differentiable input, by the input's name. */
export interface LossResult<Gradients> {
  /** reduced as the loss's options say; finite for every valid input, degenerate ones included */
  readonly value: number;
  readonly gradients: Gradients;
  /** unreduced, in the order the loss documents; 'none' elsewhere is a sum and these */
  readonly terms?: Float32Array;
  /** terms above zero: what training logs look at */
  readonly active: number;
}

/** A function of one batch. Gradients are written into what `into` holds, and into fresh matrices, the caller's own, otherwise. */
export type Loss<Input, Gradients> = (input: Input, into?: Partial<Gradients>) => LossResult<Gradients>;

export const REDUCTIONS = ['mean', 'sum'] as const;

/** 'mean' divides by the number of terms, 'sum' does not. */
export type Reduction = (typeof REDUCTIONS)[number];

/** What each term is multiplied by under a reduction; no terms, no loss. */
export function shareOf(reduction: Reduction, terms: number): number {
  return reduction === 'sum' ? 1 : terms === 0 ? 0 : 1 / terms;
}

export const ACTIVE_REDUCTIONS = [...REDUCTIONS, 'active'] as const;

/** 'active' divides by how many terms are above zero. */
export type ActiveReduction = (typeof ACTIVE_REDUCTIONS)[number];

/** The same where terms above zero may be counted alone. */
export function shareOfActive(reduction: ActiveReduction, terms: number, active: number): number {
  return reduction === 'active' ? shareOf('mean', active) : shareOf(reduction, terms);
}
