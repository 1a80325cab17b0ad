import { kernels } from '../../../src/kernels/active.ts';
import { binaryCrossEntropy } from '../../../src/losses/classification/binary-cross-entropy.ts';
import { crossEntropy } from '../../../src/losses/classification/cross-entropy.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const classification: Kinds = {
  cross_entropy: byClass,
  log_softmax: logSoftmax,
  bce_with_logits: binary,
};

function byClass(given: ReferenceCase): Answer {
  const logits = given.rows('logits');
  const { value, terms, active, gradients } = crossEntropy({
    labelSmoothing: given.number('label_smoothing'),
    ignoreIndex: given.number('ignore_index'),
    weight: given.flag('class_weight') ? given.list('weight') : undefined,
    reduction: reductionOf(given),
  })(
    given.text('target') === 'index'
      ? { logits, labels: given.labels('target') }
      : { logits, targets: given.rows('target') },
  );
  return { value, terms, active, gradients: { logits: gradients.logits } };
}

/** No loss: its terms are the logarithms, and its gradient that of their sum weighted by `upstream`. */
function logSoftmax(given: ReferenceCase): Answer {
  const logs = kernels.logSoftmax(given.rows('logits'));
  return {
    terms: logs.data,
    gradients: { logits: kernels.logSoftmaxBackward(logs, given.rows('upstream')) },
  };
}

function binary(given: ReferenceCase): Answer {
  const { value, terms, active, gradients } = binaryCrossEntropy({
    positiveWeight: given.flag('pos_weight') ? given.list('pos_weight') : undefined,
    reduction: reductionOf(given),
    listTerms: true,
  })({
    predictions: given.rows('logits'),
    targets: given.rows('target'),
    weights: given.flag('weight') ? given.rows('weight') : undefined,
  });
  return { value, terms, active, gradients: { logits: gradients.predictions } };
}
