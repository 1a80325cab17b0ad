import type { TeacherMargins, TeacherScores, Views } from '../../core/batches.ts';
import { checkEqual } from '../../core/check.ts';
import { matrix } from '../../core/matrix.ts';
import { checkFiniteRows } from '../../kernels/check-rows.ts';

/** A finite number for each positive and each negative. */
export function checkScores(where: string, { positives, negatives }: TeacherScores, views: Views): void {
  checkColumn(where, 'teacher.positives', positives, views.anchors.rows);
  checkColumn(where, 'teacher.negatives', negatives, views.negatives?.rows ?? 0);
}

/** A finite number for each negative. */
export function checkMargins(where: string, { margins }: TeacherMargins, views: Views): void {
  checkColumn(where, 'teacher.margins', margins, views.negatives?.rows ?? 0);
}

function checkColumn(where: string, name: string, values: Float32Array, rows: number): void {
  checkEqual(where, `${name}.length`, values.length, rows);
  checkFiniteRows(where, name, matrix(rows, 1, values));
}
