import type { ScaledViewGradients, Views } from '../../core/batches.ts';
import { knownCandidates, offsetsOf, viewGradients } from '../../core/views.ts';
import { checkViews } from '../../kernels/check-views.ts';
import type { PairGeometry, PairKeys, PairLoss, Pairs } from '../../kernels/kernels.ts';
import type { Reduction } from '../loss.ts';
import type { PairCall } from '../promised.ts';

interface ViewPairs {
  readonly loss: PairLoss;
  readonly geometry: PairGeometry;
  readonly scale: number;
  readonly negatives: 'shared' | 'own';
  readonly bothWays: boolean;
  readonly reduction: Reduction;
}

/** A loss of every anchor against every positive and the negatives it meets, checked; what is learned beside the rows has its gradient. */
export function viewPairs(
  where: string,
  views: Views,
  { loss, geometry, scale, negatives: visible, bothWays, reduction }: ViewPairs,
  into: Partial<ScaledViewGradients>,
): PairCall<ScaledViewGradients> {
  checkViews(where, views);
  const { anchors, positives, negatives } = views;
  const matrices = viewGradients(views, into);
  const pairs: Pairs = {
    anchors,
    positives,
    others: negatives,
    offsets: visible === 'own' ? offsetsOf(where, views) : undefined,
    geometry,
    scale,
    masks: masksOf(views),
    dropped: knownCandidates(views),
    bothWays,
    reduction,
  };
  return {
    pairs: [pairs, loss, { ...matrices, others: matrices.negatives }],
    result: ({ value, terms, active, scale: scaleSlope, bias }) => ({
      value,
      terms,
      active,
      gradients: {
        ...matrices,
        ...(views.logScale !== undefined && { logScale: scale * scaleSlope }),
        ...(views.bias !== undefined && loss.kind === 'sigmoid' && { bias }),
      },
    }),
  };
}

function masksOf({ ids, negativeIds, labels, negativeLabels }: Views): PairKeys[] {
  return [
    ...(ids === undefined ? [] : [{ items: ids, others: negativeIds }]),
    ...(labels === undefined ? [] : [{ items: labels, others: negativeLabels }]),
  ];
}
