import type { Labelled, LabelledGradients } from '../../core/batches.ts';
import { checkEqual } from '../../core/check.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';
import { matrix } from '../../core/matrix.ts';
import type { PairGeometry, PairLoss, PairReduction } from '../../kernels/kernels.ts';
import { promised, type PromisedLoss } from '../promised.ts';

export const PAIR_REDUCTIONS = ['mean', 'sum', 'active'] as const satisfies readonly PairReduction[];

export const GEOMETRIES = ['chord', 'euclidean', 'cosine', 'dot'] as const satisfies readonly PairGeometry[];

interface LabelledPairs {
  readonly loss: PairLoss;
  readonly geometry: PairGeometry;
  /** 1 / temperature, where similarities are scaled */
  readonly scale?: number;
  readonly reduction: PairReduction;
}

/** A loss of all pairs of a batch: two rows of one label are positives, two of two are negatives, and no row meets itself. */
export function labelledPairs(
  where: string,
  { loss, geometry, scale = 1, reduction }: LabelledPairs,
): PromisedLoss<Labelled, LabelledGradients> {
  return promised(({ embeddings, labels }, into) => {
    checkEqual(where, 'labels.length', labels.length, embeddings.rows);
    checkFiniteRows(where, 'embeddings', embeddings);
    const gradient = into.embeddings ?? matrix(embeddings.rows, embeddings.cols);
    return {
      pairs: [
        {
          anchors: embeddings,
          classes: { items: labels },
          geometry,
          scale,
          masks: [],
          bothWays: false,
          reduction,
        },
        loss,
        { anchors: gradient },
      ],
      result: ({ value, terms, active }) => ({ value, terms, active, gradients: { embeddings: gradient } }),
    };
  });
}
