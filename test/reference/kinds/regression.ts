import type { TargetGradients, Targets } from '../../../src/core/batches.ts';
import { matrix } from '../../../src/core/matrix.ts';
import type { ElementwiseOptions } from '../../../src/losses/elementwise.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { huber } from '../../../src/losses/regression/huber.ts';
import { logCosh } from '../../../src/losses/regression/log-cosh.ts';
import { mae } from '../../../src/losses/regression/mae.ts';
import { mse } from '../../../src/losses/regression/mse.ts';
import { quantile } from '../../../src/losses/regression/quantile.ts';
import { smoothL1 } from '../../../src/losses/regression/smooth-l1.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';
import { reductionOf } from '../options.ts';

export const regression: Kinds = {
  mse: (given) => byNumber(given, mse),
  l1: (given) => byNumber(given, mae),
  huber: (given) => byNumber(given, (options) => huber({ delta: given.number('delta'), ...options })),
  smooth_l1: (given) => byNumber(given, (options) => smoothL1({ beta: given.number('beta'), ...options })),
  log_cosh: (given) => byNumber(given, logCosh),
  quantile: (given) =>
    byNumber(given, (options) => quantile({ quantile: given.number('quantile'), ...options })),
};

function byNumber(
  given: ReferenceCase,
  made: (options: ElementwiseOptions) => Loss<Targets, TargetGradients>,
): Answer {
  const loss = made({ reduction: reductionOf(given), listTerms: true });
  const [predictions, targets] = [given.rows('input'), given.rows('target')];
  const { value, terms, active, gradients } = loss(
    { predictions, targets },
    { targets: matrix(targets.rows, targets.cols) },
  );
  const { predictions: input, targets: target = matrix(0, 0) } = gradients;
  return { value, terms, active, gradients: { input, target } };
}
