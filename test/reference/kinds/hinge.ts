import type { TargetGradients, Targets } from '../../../src/core/batches.ts';
import { fromRows, matrix, row, type Matrix } from '../../../src/core/matrix.ts';
import type { ElementwiseOptions } from '../../../src/losses/elementwise.ts';
import { crammerSinger } from '../../../src/losses/hinge/crammer-singer.ts';
import { hingeEmbedding } from '../../../src/losses/hinge/hinge-embedding.ts';
import { hinge } from '../../../src/losses/hinge/hinge.ts';
import { modifiedHuber } from '../../../src/losses/hinge/modified-huber.ts';
import { multiClassHinge } from '../../../src/losses/hinge/multi-class-hinge.ts';
import { multiLabelMargin } from '../../../src/losses/hinge/multi-label-margin.ts';
import { softMargin } from '../../../src/losses/hinge/soft-margin.ts';
import { squaredHinge } from '../../../src/losses/hinge/squared-hinge.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { marginRanking } from '../../../src/losses/pairs/margin-ranking.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const hinges: Kinds = {
  binary_hinge: (given) =>
    bySign(given, 'score', (options) =>
      hinge({ margin: given.number('margin'), slopeAtMargin: slopeAtMargin(given), ...options }),
    ),
  squared_hinge: (given) =>
    bySign(given, 'score', (options) => squaredHinge({ margin: given.number('margin'), ...options })),
  modified_huber: (given) => bySign(given, 'score', modifiedHuber),
  soft_margin: (given) => bySign(given, 'logits', softMargin),
  hinge_embedding: (given) =>
    bySign(given, 'input', (options) => hingeEmbedding({ margin: given.number('margin'), ...options })),
  margin_ranking: ranking,
  multi_margin: multiMargin,
  crammer_singer: bestOther,
  crammer_singer_value: bestOther,
  multilabel_margin: byLabels,
};

function slopeAtMargin({ system }: ReferenceCase) {
  return system.startsWith('optax') ? 0.5 : 1;
}

function bySign(
  given: ReferenceCase,
  score: string,
  made: (options: ElementwiseOptions) => Loss<Targets, TargetGradients>,
): Answer {
  const { value, terms, active, gradients } = made({ reduction: reductionOf(given), listTerms: true })({
    predictions: given.rows(score),
    targets: given.rows('target'),
  });
  return { value, terms, active, gradients: { [score]: gradients.predictions } };
}

function ranking(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = marginRanking({
    margin: given.number('margin'),
    reduction: reductionOf(given),
  })({ left: column(given, 'x1'), right: column(given, 'x2'), targets: given.list('target') });
  return { value, terms, active, gradients: { x1: gradients.left, x2: gradients.right } };
}

/** An input of any shape as one column. */
function column(given: ReferenceCase, input: string): Matrix {
  const data = given.list(input);
  return matrix(data.length, 1, data);
}

function multiMargin(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = multiClassHinge({
    margin: given.number('margin'),
    power: given.number('p') === 1 ? 1 : 2,
    weight: given.flag('class_weight') ? given.list('weight') : undefined,
    reduction: reductionOf(given),
  })({ logits: given.rows('scores'), labels: given.labels('target') });
  return { value, terms, active, gradients: { scores: gradients.logits } };
}

function bestOther(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = crammerSinger({
    margin: given.has('margin') ? given.number('margin') : undefined,
    reduction: reductionOf(given),
  })({ logits: given.rows('scores'), labels: given.labels('target') });
  return { value, terms, active, gradients: { scores: gradients.logits } };
}

function byLabels(given: ReferenceCase): Answer {
  const scores = given.rows('scores');
  const { value, terms, active, gradients } = multiLabelMargin({ reduction: reductionOf(given) })({
    predictions: scores,
    targets: columns(given.rows('target'), scores.cols),
  });
  return { value, terms, active, gradients: { scores: gradients.predictions } };
}

/** Lists of labels, each up to the first -1, as a column a label. */
function columns(lists: Matrix, labels: number): Matrix {
  return fromRows(
    Array.from({ length: lists.rows }, (_, i) => {
      const list = row(lists, i);
      const end = list.indexOf(-1);
      const right = new Set(end < 0 ? list : list.subarray(0, end));
      return Array.from({ length: labels }, (__, c) => (right.has(c) ? 1 : 0));
    }),
  );
}
