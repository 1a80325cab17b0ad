import { map, type OperatorFunction } from 'rxjs';
import type { ViewGradients } from '../core/batches.ts';
import { type Matrix, rowsBetween, stack, stackedView } from '../core/matrix.ts';
import { addedGradients, type Gradients } from '../core/parameters.ts';
import type { Encoded, Encoder } from '../models/model.ts';
import { sharedSides, type Sides } from '../models/sides.ts';
import type { EmbeddedBatch, PairBatch } from './batches.ts';

/**
 * Anchors through what embeds queries, and positives, and negatives that came with them, through what embeds documents: one encoder unless
 * sides are given. The gradients of weights that both share add up.
 */
export function embed<Input>(encoder: Encoder<Input>): OperatorFunction<PairBatch<Input>, EmbeddedBatch>;
export function embed<Query, Document>(
  sides: Sides<Query, Document>,
): OperatorFunction<PairBatch<Query, Document>, EmbeddedBatch>;
export function embed<Input>(
  model: Encoder<Input> | Sides<Input, Input>,
): OperatorFunction<PairBatch<Input>, EmbeddedBatch> {
  const { queries, documents } = 'queries' in model ? model : sharedSides(model);
  const joined = queries === documents ? queries.joined : undefined;
  return map(({ features, ...batch }) => {
    const { anchors, positives, ids } = features;
    const both = joined?.(anchors, positives);
    const pairs =
      both === undefined
        ? apart(queries.forward(anchors), documents.forward(positives))
        : together(queries.forward(both), ids.length);
    const negatives = features.negatives && documents.forward(features.negatives);
    return {
      ...batch,
      views: {
        ...features,
        anchors: pairs.anchors,
        positives: pairs.positives,
        negatives: negatives?.output,
      },
      backward(gradients) {
        const ofPairs = pairs.backward(gradients);
        return negatives === undefined || gradients.negatives === undefined
          ? ofPairs
          : addedGradients(ofPairs, negatives.backward(gradients.negatives));
      },
    };
  });
}

interface EmbeddedPairs {
  readonly anchors: Matrix;
  readonly positives: Matrix;
  backward(gradients: Pick<ViewGradients, 'anchors' | 'positives'>): Gradients;
}

/** Anchors and positives that went through their encoders one by one. */
function apart(anchors: Encoded, positives: Encoded): EmbeddedPairs {
  return {
    anchors: anchors.output,
    positives: positives.output,
    backward: (gradients) =>
      addedGradients(anchors.backward(gradients.anchors), positives.backward(gradients.positives)),
  };
}

/** As many anchors as there are pairs, and behind them their positives, that went through one encoder at once. */
function together({ output, backward }: Encoded, pairs: number): EmbeddedPairs {
  return {
    anchors: rowsBetween(output, 0, pairs),
    positives: rowsBetween(output, pairs, output.rows),
    backward: ({ anchors, positives }) =>
      backward(stackedView(anchors, positives) ?? stack(anchors, positives)),
  };
}
