import type { Taught, TeacherMargins, TeacherScores, ViewGradients } from '../../core/batches.ts';
import { checkOneOf } from '../../core/check.ts';
import { row } from '../../core/matrix.ts';
import { offsetsOf, viewGradients } from '../../core/views.ts';
import type { RowDistance } from '../../distances/distance.ts';
import { dot } from '../../distances/dot.ts';
import { checkViews } from '../../kernels/check-views.ts';
import { REDUCTIONS, shareOf, type Loss, type Reduction } from '../loss.ts';
import { checkMargins, checkScores } from './teacher.ts';

export interface MarginMseOptions {
  /** What the student's margins are differences of. @default dot */
  readonly distance?: RowDistance;
  /** @default 'mean' over the negatives */
  readonly reduction?: Reduction;
}

/**
 * (d(a, n) - d(a, p) - margin)², one term a negative: the student's margin, which by inner product is a · p - a · n, against the
 * teacher's, which is score(p) - score(n) or given itself.
 *
 * At least 0. No negatives: value 0 and zero gradients. Every negative counts, whatever its id: how wrong it is, the teacher
 * has said.
 *
 * @throws RangeError if reduction is none of its names, the views' shapes do not fit one another, or the teacher has not one finite
 * number for each of them
 * @see Hofstätter et al., "Improving efficient neural ranking models with cross-architecture knowledge distillation", 2020, section 3
 */
export function marginMse({ distance = dot, reduction = 'mean' }: MarginMseOptions = {}): Loss<
  Taught<TeacherScores | TeacherMargins>,
  ViewGradients
> {
  checkOneOf('marginMse', 'reduction', reduction, REDUCTIONS);
  return (views, into = {}) => {
    checkViews('marginMse', views);
    const margins = marginsOf(views);
    const { anchors, positives, negatives } = views;
    const gradients = viewGradients(views, into);
    for (const { data } of Object.values(gradients)) data.fill(0);
    if (negatives === undefined || gradients.negatives === undefined)
      return { value: 0, gradients, active: 0 };

    const offsets = offsetsOf('marginMse', views);
    const share = shareOf(reduction, negatives.rows);
    const terms = new Float32Array(negatives.rows);
    let [value, active] = [0, 0];
    for (let i = 0; i < anchors.rows; i++) {
      const [a, p] = [row(anchors, i), row(positives, i)];
      const [da, dp] = [row(gradients.anchors, i), row(gradients.positives, i)];
      const near = distance.between(a, p);
      let slopes = 0;
      for (let t = offsets[i]; t < offsets[i + 1]; t++) {
        const n = row(negatives, t);
        const error = distance.between(a, n) - near - margins[t];
        terms[t] = error * error;
        value += share * error * error;
        if (error !== 0) active++;
        const slope = 2 * share * error;
        distance.backward(a, n, slope, da, row(gradients.negatives, t));
        slopes += slope;
      }
      distance.backward(a, p, -slopes, da, dp);
    }
    return { value, terms, active, gradients };
  };
}

/** The teacher's margin of each negative. */
function marginsOf(views: Taught<TeacherScores | TeacherMargins>): ArrayLike<number> {
  const { teacher } = views;
  if ('margins' in teacher) {
    checkMargins('marginMse', teacher, views);
    return teacher.margins;
  }
  checkScores('marginMse', teacher, views);
  const offsets = offsetsOf('marginMse', views);
  const margins = new Float64Array(teacher.negatives.length);
  for (let i = 0; i < views.anchors.rows; i++) {
    for (let t = offsets[i]; t < offsets[i + 1]; t++)
      margins[t] = teacher.positives[i] - teacher.negatives[t];
  }
  return margins;
}
