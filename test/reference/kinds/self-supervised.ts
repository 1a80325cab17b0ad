import type { ViewGradients, Views } from '../../../src/core/batches.ts';
import type { Loss } from '../../../src/losses/loss.ts';
import { barlowTwins } from '../../../src/losses/views/barlow-twins.ts';
import { uniformity } from '../../../src/losses/views/uniformity.ts';
import { vicreg } from '../../../src/losses/views/vicreg.ts';
import type { Answer, Kinds } from '../answer.ts';
import type { ReferenceCase } from '../case.ts';

export const selfSupervised: Kinds = {
  vicreg: (given) =>
    twoViews(
      given,
      vicreg({
        invariance: given.number('sim_coeff'),
        variance: given.number('std_coeff'),
        covariance: given.number('cov_coeff'),
        epsilon: given.number('eps'),
      }),
    ),
  barlow_twins: (given) =>
    twoViews(given, barlowTwins({ lambda: given.number('lambd'), epsilon: given.number('bn_eps') })),
  uniformity(given) {
    const { value, active, gradients } = uniformity({ t: given.number('t') })({
      embeddings: given.rows('x'),
    });
    return { value, active, gradients: { x: gradients.embeddings } };
  },
};

function twoViews(given: ReferenceCase, loss: Loss<Views, ViewGradients>): Answer {
  const { value, active, gradients } = loss({ anchors: given.rows('x'), positives: given.rows('y') });
  return { value, active, gradients: { x: gradients.anchors, y: gradients.positives } };
}
