import type { ScaledViewGradients, Views } from '../../core/batches.ts';
import { checkViews } from '../../kernels/check-views.ts';
import type { PairLoss } from '../../kernels/kernels.ts';
import type { Reduction } from '../loss.ts';
import type { PairCall } from '../promised.ts';
import type { CandidateBlock } from './candidate-block.ts';
import { type Direction, joinedCandidates, type KnownPositives, metCandidates } from './candidates.ts';
import { hardenedBy, type Hardness } from './hardness.ts';
import { listed, type Said } from './listed.ts';

interface ViewPairs {
  readonly loss: PairLoss;
  readonly similarity: 'cosine' | 'dot';
  readonly scale: number;
  readonly negatives: 'shared' | 'own';
  readonly bothWays: boolean;
  readonly reduction: Reduction;
  readonly joined?: readonly Direction[];
  readonly knownPositives?: KnownPositives;
  readonly hardness?: Hardness;
  falseNegatives?(
    views: Views,
    blocks: readonly CandidateBlock[],
    offsets?: Uint32Array,
  ): Pick<Said, 'positives' | 'adjustments'>;
}

/** A loss of every anchor against every positive and the negatives it meets, checked; what is learned beside the rows has its gradient. */
export function viewPairs(
  where: string,
  views: Views,
  {
    loss,
    similarity,
    scale,
    negatives,
    bothWays,
    reduction,
    joined = [],
    knownPositives = 'leftOut',
    hardness = { strength: 0, of: 'all' },
    falseNegatives,
  }: ViewPairs,
  into: Partial<ScaledViewGradients>,
): PairCall<ScaledViewGradients> {
  checkViews(where, views);
  const { pairs, blocks, said, gradients, finish } =
    joined.length === 0
      ? metCandidates(where, views, similarity, negatives, knownPositives, into)
      : joinedCandidates(where, views, similarity, joined, knownPositives, into);
  const { hardened, own } = hardenedBy(where, hardness, views, similarity, negatives, scale);
  const guided = falseNegatives?.(views, blocks, pairs.offsets);
  const { rows } = views.anchors;
  return {
    pairs: [
      {
        ...pairs,
        scale,
        ...listed(
          rows,
          {
            leftOut: said.leftOut,
            positives: [...said.positives, ...(guided?.positives ?? [])],
            adjustments: [...own, ...(guided?.adjustments ?? [])],
          },
          (i, candidate) =>
            pairs.masks.some(({ items, others }) => {
              const key = candidate < rows ? items[candidate] : others?.[candidate - rows];
              return key === items[i];
            }),
        ),
        hardened,
        bothWays,
        reduction,
      },
      loss,
      gradients,
    ],
    result: ({ value, terms, active, scale: scaleSlope, bias }) => ({
      value,
      terms,
      active,
      gradients: {
        ...finish(),
        ...(views.logScale !== undefined && { logScale: scale * scaleSlope }),
        ...(views.bias !== undefined && loss.kind === 'sigmoid' && { bias }),
      },
    }),
  };
}
