import { matrix, rowsBetween, stack } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { tripletRows } from '../../../src/losses/views/triplet-rows.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const tripletRowKinds: Kinds = {
  triplet_distance: [byRows, stacked],
  st_triplet: [byRows, stacked],
};

const distances = new Map([
  ['cos', cosine],
  ['COSINE', cosine],
  ['l2sq', squaredEuclidean],
]);

function tripletOptions(given: ReferenceCase) {
  const distance = distances.get(given.text('distance'));
  if (distance === undefined) throw new Error(`no distance is ${given.text('distance')}`);
  return { margin: given.number('margin'), distance, reduction: reductionOf(given) };
}

function byRows(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = tripletRows(tripletOptions(given))({
    anchors: given.rows('anchor'),
    positives: given.rows('positive'),
    negatives: given.rows('negative'),
  });
  const { anchors, positives, negatives = matrix(0, 0) } = gradients;
  return { value, terms, active, gradients: { anchor: anchors, positive: positives, negative: negatives } };
}

/** Anchors above positives above negatives, and triplets that name their rows. */
function stacked(given: ReferenceCase): Answer {
  const roles = ['anchor', 'positive', 'negative'];
  const [first, ...others] = roles.map((role) => given.rows(role));
  const numbers = Uint32Array.from({ length: first.rows }, (_, i) => i);
  const { value, terms, active, gradients } = triplet(tripletOptions(given))({
    embeddings: stack(first, ...others),
    labels: new Int32Array(3 * first.rows),
    triplets: {
      anchors: numbers,
      positives: numbers.map((i) => first.rows + i),
      negatives: numbers.map((i) => 2 * first.rows + i),
    },
  });
  const blocks = roles.map((role, r) => [
    role,
    rowsBetween(gradients.embeddings, r * first.rows, (r + 1) * first.rows),
  ]);
  return { value, terms, active, gradients: Object.fromEntries(blocks) };
}
