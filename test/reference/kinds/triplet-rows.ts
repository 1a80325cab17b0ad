import { matrix, rowsBetween, stack } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { lp } from '../../../src/distances/lp.ts';
import { squaredEuclidean } from '../../../src/distances/squared-euclidean.ts';
import { triplet } from '../../../src/losses/labelled/triplet.ts';
import { tripletRows, type TripletRowsOptions } from '../../../src/losses/views/triplet-rows.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const tripletsByRows: Kinds = {
  triplet_margin: (given) =>
    byRows(given, ROLES, {
      distance: lp({ p: given.number('p'), eps: given.number('eps') }),
      swap: given.flag('swap'),
    }),
  triplet_distance: (given) =>
    byRows(given, ROLES, { distance: named(given, DISTANCES), swap: given.flag('swap') }),
  st_triplet: [
    (given) => byRows(given, rolesOf(given), { distance: named(given, ST_DISTANCES) }),
    (given) => stacked(given, rolesOf(given), named(given, ST_DISTANCES)),
  ],
};

type Roles = readonly [anchor: string, positive: string, negative: string];

const ROLES: Roles = ['anchor', 'positive', 'negative'];

const DISTANCES = new Map([
  ['cos', cosine],
  ['l2sq', squaredEuclidean],
  ['l2', lp({ eps: 1e-6 })],
]);

const ST_DISTANCES = new Map([
  ['COSINE', cosine],
  ['EUCLIDEAN', euclidean],
  ['MANHATTAN', lp({ p: 1 })],
]);

/** This version hands its loss minus the distance where that is no cosine, so that positives are pushed and negatives pulled. */
function rolesOf(given: ReferenceCase): Roles {
  return given.text('distance') === 'COSINE' ? ROLES : ['anchor', 'negative', 'positive'];
}

function named<Distance>(given: ReferenceCase, distances: ReadonlyMap<string, Distance>): Distance {
  const distance = distances.get(given.text('distance'));
  if (distance === undefined) throw new Error(`no distance is ${given.text('distance')}`);
  return distance;
}

function byRows(given: ReferenceCase, [a, p, n]: Roles, options: TripletRowsOptions): Answer {
  const { value, terms, active, gradients } = tripletRows({
    margin: given.number('margin'),
    reduction: reductionOf(given),
    ...options,
  })({ anchors: given.rows(a), positives: given.rows(p), negatives: given.rows(n) });
  const { anchors, positives, negatives = matrix(0, 0) } = gradients;
  return { value, terms, active, gradients: { [a]: anchors, [p]: positives, [n]: negatives } };
}

/** Anchors above positives above negatives, and triplets that name their rows. */
function stacked(given: ReferenceCase, roles: Roles, distance: TripletRowsOptions['distance']): Answer {
  const [first, ...others] = roles.map((role) => given.rows(role));
  const numbers = Uint32Array.from({ length: first.rows }, (_, i) => i);
  const { value, terms, active, gradients } = triplet({
    margin: given.number('margin'),
    distance,
    reduction: reductionOf(given),
  })({
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
