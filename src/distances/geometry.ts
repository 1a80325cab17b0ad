import type { Geometry } from '../kernels/kernels.ts';
import { chord } from './chord.ts';
import { cosine } from './cosine.ts';
import type { RowDistance } from './distance.ts';
import { dot } from './dot.ts';
import { euclidean } from './euclidean.ts';
import { squaredChord } from './squared-chord.ts';
import { squaredEuclidean } from './squared-euclidean.ts';

const GEOMETRIES = new Map<RowDistance, Geometry>([
  [dot, 'dot'],
  [cosine, 'cosine'],
  [euclidean, 'euclidean'],
  [squaredEuclidean, 'squaredEuclidean'],
]);

/** What the kernels call a distance; undefined for one that is not of this folder, which they do not know. */
export function geometryOf(distance: RowDistance): Geometry | undefined {
  return GEOMETRIES.get(distance);
}

const OF_UNIT_ROWS = new Map<RowDistance, RowDistance>([
  [chord, euclidean],
  [squaredChord, squaredEuclidean],
]);

/** The distance that some are of unit rows, with another name; undefined for others. */
export function ofUnitRows(distance: RowDistance): RowDistance | undefined {
  return OF_UNIT_ROWS.get(distance);
}
