import type { TeacherScores, ViewGradients, Views } from '../../../src/core/batches.ts';
import { matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import { cosine } from '../../../src/distances/cosine.ts';
import { dot } from '../../../src/distances/dot.ts';
import type { LossResult } from '../../../src/losses/loss.ts';
import { distillKl } from '../../../src/losses/views/distill-kl.ts';
import { marginMse } from '../../../src/losses/views/margin-mse.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

export const distillation: Kinds = {
  margin_mse(given) {
    const loss = marginMse({ distance: distanceOf(given), reduction: 'mean' });
    const teacher = given.text('labels') === 'diff' ? { margins: given.list('labels') } : scoresOf(given);
    return byQuery(given, loss({ ...viewsOf(given), teacher }));
  },
  distill_kl(given) {
    const loss = distillKl({
      temperature: given.number('temperature'),
      distance: distanceOf(given),
      reduction: 'mean',
    });
    return byQuery(given, loss({ ...viewsOf(given), teacher: scoresOf(given) }));
  },
};

function distanceOf(given: ReferenceCase) {
  return given.text('similarity') === 'pairwise_cos_sim' ? cosine : dot;
}

/** The inputs that are negatives, each with one row a query. */
function negativesOf(given: ReferenceCase): string[] {
  return given.inputs.filter((name) => name.startsWith('negative'));
}

function viewsOf(given: ReferenceCase): Views {
  const anchors = given.rows('query');
  const hard = negativesOf(given).map((name) => given.rows(name));
  return {
    anchors,
    positives: given.rows('positive'),
    negatives: interleaved(hard, anchors),
    owned: new Uint32Array(anchors.rows).fill(hard.length),
  };
}

/** The first row of each, then the second of each. */
function interleaved(parts: readonly Matrix[], { rows, cols }: Matrix): Matrix {
  const out = matrix(rows * parts.length, cols);
  parts.forEach((part, h) => {
    for (let i = 0; i < rows; i++) out.data.set(row(part, i), (i * parts.length + h) * cols);
  });
  return out;
}

/** Scores of the positive and then of each negative, a row a query. */
function scoresOf(given: ReferenceCase): TeacherScores {
  const scores = given.rows('labels');
  const queries = Array.from({ length: scores.rows }, (_, i) => row(scores, i));
  return {
    positives: Float32Array.from(queries, (values) => values[0]),
    negatives: Float32Array.from(queries.flatMap((values) => Array.from(values.subarray(1)))),
  };
}

function byQuery(given: ReferenceCase, { value, active, gradients }: LossResult<ViewGradients>): Answer {
  const { anchors, positives, negatives = matrix(0, anchors.cols) } = gradients;
  const names = negativesOf(given);
  const slopes = names.map((name, h) => {
    const own = matrix(anchors.rows, anchors.cols);
    for (let i = 0; i < anchors.rows; i++) row(own, i).set(row(negatives, i * names.length + h));
    return [name, own] as const;
  });
  return {
    value,
    active,
    gradients: { query: anchors, positive: positives, ...Object.fromEntries(slopes) },
  };
}
