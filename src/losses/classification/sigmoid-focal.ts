import type { TargetGradients, Targets } from '../../core/batches.ts';
import { checkRowsBetween } from '../../kernels/check-rows.ts';
import { elementwise, type ElementwiseOptions } from '../elementwise.ts';
import type { Loss } from '../loss.ts';
import { checkFocal, focalShape, type FocalOptions } from './focal-shape.ts';

export interface SigmoidFocalOptions extends FocalOptions, ElementwiseOptions {}

/**
 * a m^gamma times the binary cross-entropy of logit x and target y in [0, 1], where m = y (1 - σ(x)) + (1 - y) σ(x) is what σ(x) misses
 * the target by and a = alpha y + (1 - alpha) (1 - y), or 1 without alpha; one term an entry.
 *
 * At least 0; `binaryCrossEntropy` at gamma 0 without alpha. Stable at any finite logit. No entries: value 0. The gradients may
 * be written over the predictions, which are the logits, and the targets. torchvision has alpha 0.25 and no reduction
 * where ours has none and a mean; RetinaNet divides the sum by how many targets are 1.
 *
 * @throws RangeError if gamma is not a finite number >= 0, alpha is outside [0, 1], a target is outside [0, 1], the shapes
 * differ or a number is not finite
 * @see Lin et al., "Focal loss for dense object detection", 2017, eq. 5; torchvision's sigmoid_focal_loss
 */
export function sigmoidFocal({ gamma = 2, alpha, ...options }: SigmoidFocalOptions = {}): Loss<
  Targets,
  TargetGradients
> {
  checkFocal('sigmoidFocal', gamma, alpha);
  const which = { kind: 'sigmoidFocal', parameter: gamma, focal: focalShape(alpha) } as const;
  const loss = elementwise('sigmoidFocal', which, options);
  return (batch, into) => {
    checkRowsBetween('sigmoidFocal', 'targets', batch.targets, [0, 1]);
    return loss(batch, into);
  };
}
