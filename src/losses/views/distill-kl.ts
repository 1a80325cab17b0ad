import type { Taught, TeacherScores, ViewGradients } from '../../core/batches.ts';
import { checkOneOf, checkPositive } from '../../core/check.ts';
import { matrix, row } from '../../core/matrix.ts';
import { offsetsOf, viewGradients } from '../../core/views.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { dot } from '../../distances/dot.ts';
import { checkViews } from '../../kernels/check-views.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkScores } from './teacher.ts';

export interface DistillKlOptions {
  /** What the teacher's scores and the student's, which are minus the distance, are divided by. @default 1 */
  readonly temperature?: number;
  /** @default dot */
  readonly distance?: RowDistance;
  /** @default 'mean' over the anchors */
  readonly reduction?: Reduction;
}

/**
 * τ² Σ_j t_j log(t_j / s_j), one term an anchor: t = softmax(scores / τ) is the teacher's over the anchor's positive and its
 * own negatives, s = softmax(-d / τ) the student's.
 *
 * At least 0, and 0 where both agree or an anchor owns no negative. With τ² slopes are about as large at any temperature. Every
 * negative counts, whatever its id: how wrong it is, the teacher has said.
 *
 * @throws RangeError if temperature is not a finite number > 0, reduction is none of its names, the views' shapes do not fit one another,
 * or the teacher has not one finite score for each of them
 * @see Hinton et al., "Distilling the knowledge in a neural network", 2015, section 2; Lin et al., "Distilling dense representations for
 *   ranking using tightly-coupled teachers", 2020
 */
export function distillKl({
  temperature = 1,
  distance = dot,
  reduction = 'mean',
}: DistillKlOptions = {}): Loss<Taught<TeacherScores>, ViewGradients> {
  checkPositive('distillKl', 'temperature', temperature);
  checkOneOf('distillKl', 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews('distillKl', views);
    checkScores('distillKl', views.teacher, views);
    const { anchors, positives, teacher } = views;
    const gradients = viewGradients(views, into);
    for (const { data } of Object.values(gradients)) data.fill(0);
    const none = matrix(0, anchors.cols);
    const { negatives = none } = views;
    const { negatives: dNegatives = none } = gradients;

    const offsets = offsetsOf('distillKl', views);
    const share = shareOf(reduction, anchors.rows);
    const terms = new Float32Array(anchors.rows);
    let [value, active] = [0, 0];
    for (let i = 0; i < anchors.rows; i++) {
      const [a, da] = [row(anchors, i), row(gradients.anchors, i)];
      const owned = Array.from({ length: offsets[i + 1] - offsets[i] }, (_, j) => offsets[i] + j);
      const rows = [row(positives, i), ...owned.map((t) => row(negatives, t))];
      const slopes = [row(gradients.positives, i), ...owned.map((t) => row(dNegatives, t))];
      const scores = [teacher.positives[i], ...owned.map((t) => teacher.negatives[t])];
      const student = logSoftmax(rows.map((y) => -distance.between(a, y) / temperature));
      const taught = logSoftmax(scores.map((score) => score / temperature));

      const divergence = taught.reduce((sum, log, j) => sum + Math.exp(log) * (log - student[j]), 0);
      // rounding alone can take it below
      const term = Math.max(0, temperature * temperature * divergence);
      terms[i] = term;
      value += share * term;
      if (term > 0) active++;
      rows.forEach((y, j) => {
        const slope = share * temperature * (Math.exp(taught[j]) - Math.exp(student[j]));
        distance.backward(a, y, slope, da, slopes[j]);
      });
    }
    return { value, terms, active, gradients };
  };
}

function logSoftmax(x: readonly number[]): number[] {
  const most = x.reduce((top, value) => Math.max(top, value), -Infinity);
  const mass = x.reduce((sum, value) => sum + Math.exp(value - most), 0);
  return x.map((value) => value - most - Math.log(mass));
}
