import type { ViewGradients, Views } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { viewGradients } from '../../core/views.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { rowDistances } from '../../distances/row-distances.ts';
import { checkViews } from '../../kernels/check-views.ts';
import { distanceTerms } from '../distance-terms.ts';
import { REDUCTIONS, type Loss, type Reduction } from '../loss.ts';

interface ViewDistances {
  readonly distance: RowDistance;
  /** The term of an anchor this far from its positive, and its slope along the distance. */
  termOf(distance: number): readonly [term: number, slope: number];
  readonly reduction: Reduction;
}

/** A loss that has one term an anchor, which is of the distance to its positive alone. */
export function viewDistances(
  where: string,
  { distance, termOf, reduction }: ViewDistances,
): Loss<Views, ViewGradients> {
  checkOneOf(where, 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews(where, views);
    const sides = { left: views.anchors, right: views.positives };
    const gradients = viewGradients(views, into);
    const distances = rowDistances(distance, sides);
    const { slopes, ...result } = distanceTerms(distances.value, termOf, reduction);
    distances.backward(slopes, { left: gradients.anchors, right: gradients.positives });
    gradients.negatives?.data.fill(0);
    return { ...result, gradients };
  };
}
