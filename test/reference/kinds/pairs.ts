import type { ScoredPairGradients, ScoredPairs, ViewGradients, Views } from '../../../src/core/batches.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { lp } from '../../../src/distances/lp.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { angle } from '../../../src/losses/pairs/angle.ts';
import { coSent } from '../../../src/losses/pairs/co-sent.ts';
import { contrastivePairs } from '../../../src/losses/pairs/contrastive-pairs.ts';
import { cosineEmbedding } from '../../../src/losses/pairs/cosine-embedding.ts';
import { cosineRegression } from '../../../src/losses/pairs/cosine-regression.ts';
import { onlineContrastive } from '../../../src/losses/pairs/online-contrastive.ts';
import { alignment } from '../../../src/losses/views/alignment.ts';
import { negativeCosine } from '../../../src/losses/views/negative-cosine.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const pairs: Kinds = {
  cosine_embedding: (given) =>
    ofPairs(
      given,
      ['x1', 'x2', 'target'],
      cosineEmbedding({ ...margin(given), reduction: reductionOf(given) }),
    ),
  cosine_similarity_loss: (given) =>
    ofPairs(given, ['a', 'b', 'labels'], cosineRegression({ reduction: reductionOf(given) })),
  cosent: (given) => ofPairs(given, ['a', 'b', 'labels'], coSent({ scale: given.number('scale') })),
  angle: (given) => ofPairs(given, ['a', 'b', 'labels'], angle({ scale: given.number('scale') })),
  st_contrastive: (given) =>
    ofPairs(
      given,
      ['a', 'b', 'labels'],
      contrastivePairs({
        ...margin(given),
        ...distance(given),
        reduction: given.flag('size_average') ? 'mean' : 'sum',
      }),
    ),
  online_contrastive: (given) =>
    ofPairs(given, ['a', 'b', 'labels'], onlineContrastive({ ...margin(given), ...distance(given) })),
  negative_cosine: (given) => ofViews(given, negativeCosine({ reduction: reductionOf(given) })),
  alignment: (given) =>
    ofViews(given, alignment({ alpha: given.number('alpha'), reduction: reductionOf(given) })),
};

function margin(given: ReferenceCase) {
  return { margin: given.number('margin') };
}

/** sentence-transformers' SiameseDistanceMetric, with what torch adds to every difference. */
const distances = new Map([
  ['COSINE', cosine],
  ['COSINE_DISTANCE', cosine],
  ['EUCLIDEAN', lp({ p: 2, eps: 1e-6 })],
  ['MANHATTAN', lp({ p: 1, eps: 1e-6 })],
]);

function distance(given: ReferenceCase) {
  const found = distances.get(given.text('distance'));
  if (found === undefined) throw new Error(`no distance is ${given.text('distance')}`);
  return { distance: found };
}

function ofPairs(
  given: ReferenceCase,
  [left, right, targets]: readonly [string, string, string],
  loss: Loss<ScoredPairs, ScoredPairGradients>,
): Answer {
  const { value, terms, active, gradients } = loss({
    left: given.rows(left),
    right: given.rows(right),
    targets: given.list(targets),
  });
  return { value, terms, active, gradients: { [left]: gradients.left, [right]: gradients.right } };
}

function ofViews(given: ReferenceCase, loss: Loss<Views, ViewGradients>): Answer {
  const { value, terms, active, gradients } = loss({ anchors: given.rows('x'), positives: given.rows('y') });
  return { value, terms, active, gradients: { x: gradients.anchors, y: gradients.positives } };
}
