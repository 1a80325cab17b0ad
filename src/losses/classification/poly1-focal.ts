import type { Logits } from '../../core/batches.ts';
import { checkFinite } from '../../core/check.ts';
import type { Matrix } from '../../core/matrix.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { checkHeld, oneHot } from './classes.ts';
import { checkFocal, focalShape, type FocalOptions } from './focal-shape.ts';

export interface Poly1FocalOptions extends FocalOptions, ElementwiseOptions {
  /** What the next power of the miss is multiplied by; 0 leaves `sigmoidFocal`. @default 1 */
  readonly epsilon?: number;
}

/**
 * `sigmoidFocal` plus epsilon m^(gamma + 1), with m what the sigmoid misses the target by: every class against the label's one-hot
 * row, or against the row of `targets`; one term an entry, of which there are rows × classes.
 *
 * At least 0 where epsilon is. alpha does not weigh what epsilon adds (as in the implementation below; the paper has no
 * alpha). Stable at any finite logit. No entries: value 0. The gradient may be written over the logits.
 *
 * @throws RangeError if gamma is not a finite number >= 0, alpha is outside [0, 1], epsilon is not a finite number, a label is
 * no class, a target is outside [0, 1], or a logit is not finite
 * @see Leng et al., "PolyLoss", 2022, section 4 (Poly-1); abhuse's polyloss-pytorch
 */
export function poly1Focal({ epsilon = 1, gamma = 2, alpha, ...options }: Poly1FocalOptions = {}): Loss<
  Logits,
  { readonly logits: Matrix }
> {
  checkFinite('poly1Focal', 'epsilon', epsilon);
  checkFocal('poly1Focal', gamma, alpha);
  const which = { kind: 'sigmoidFocal', parameter: gamma, focal: focalShape(alpha, epsilon) } as const;
  const loss = elementwise('poly1Focal', which, options);
  return (batch, into = {}) => {
    const { logits, labels } = batch;
    checkHeld('poly1Focal', batch);
    const targets = labels === undefined ? batch.targets : oneHot(labels, logits.cols);
    const { gradients, ...result } = loss({ predictions: logits, targets }, { predictions: into.logits });
    return { ...result, gradients: { logits: gradients.predictions } };
  };
}
