import { cosineSimilarity } from '../../../src/distances/cosine-similarity.ts';
import { distanceMatrix } from '../../../src/distances/distance-matrix.ts';
import { euclidean } from '../../../src/distances/euclidean.ts';
import { lp } from '../../../src/distances/lp.ts';
import { normalize } from '../../../src/distances/normalize.ts';
import { pairwiseDistance } from '../../../src/distances/pairwise-distance.ts';
import type { Measured } from '../../../src/distances/measured.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

/** No losses: their terms are their values, and the gradient is that of their sum weighted by `upstream`. */
export const distances: Kinds = {
  cdist: matrixOfDistances,
  cosine_similarity: (given) =>
    ofRows(given, cosineSimilarity(given.rows('x1'), given.rows('x2'), { eps: given.number('eps') })),
  l2_normalize: unitRows,
  pairwise_distance: (given) =>
    ofRows(
      given,
      pairwiseDistance(
        given.rows('x1'),
        given.rows('x2'),
        lp({ p: given.number('p'), eps: given.number('eps') }),
      ),
    ),
};

function ofRows(given: ReferenceCase, { value, backward }: Measured<Float64Array>): Answer {
  const { left, right } = backward(Float64Array.from(given.list('upstream')));
  return { terms: value, gradients: { x1: left, x2: right } };
}

function matrixOfDistances(given: ReferenceCase): Answer {
  const p = given.number('p');
  const distance = p === 2 ? euclidean : lp({ p });
  const { value, backward } = distanceMatrix(given.rows('x'), given.rows('y'), distance);
  const { left, right } = backward(given.rows('upstream'));
  return { terms: value.data, gradients: { x: left, y: right } };
}

function unitRows(given: ReferenceCase): Answer {
  const { value, backward } = normalize(given.rows('x'));
  return { terms: value.data, gradients: { x: backward(given.rows('upstream')) } };
}
