import { matrix, rowsBetween, stack } from '../../../src/core/matrix.ts';
import { infoNce } from '../../../src/losses/views/info-nce.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const views: Kinds = {
  mnrl: (given) => ranking(given, false),
  mnrl_symmetric: (given) => ranking(given, true),
  clip,
};

function ranking(given: ReferenceCase, symmetric: boolean): Answer {
  const hard = given.inputs.filter((name) => name.startsWith('negative'));
  const [anchors, positives] = [given.rows('anchor'), given.rows('positive')];
  const { value, terms, active, gradients } = infoNce({
    temperature: 1 / given.number('scale'),
    similarity: given.text('similarity') === 'cos_sim' ? 'cosine' : 'dot',
    symmetric,
    reduction: reductionOf(given),
  })({
    anchors,
    positives,
    // all of the first negatives, then all of the second
    negatives: stack(matrix(0, anchors.cols), ...hard.map((name) => given.rows(name))),
  });
  const slopes = gradients.negatives ?? matrix(0, anchors.cols);
  const { rows } = anchors;
  return {
    value,
    terms,
    active,
    gradients: {
      anchor: gradients.anchors,
      positive: gradients.positives,
      ...Object.fromEntries(hard.map((name, h) => [name, rowsBetween(slopes, h * rows, (h + 1) * rows)])),
    },
  };
}

function clip(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = infoNce({
    temperature: Math.exp(-given.number('log_scale')),
    similarity: given.flag('normalize') ? 'cosine' : 'dot',
    symmetric: true,
    reduction: reductionOf(given),
  })({ anchors: given.rows('image'), positives: given.rows('text') });
  return { value, terms, active, gradients: { image: gradients.anchors, text: gradients.positives } };
}
