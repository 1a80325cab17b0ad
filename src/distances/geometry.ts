import type { Geometry } from '../kernels/kernels.ts';
import { cosine } from './cosine.ts';
import type { RowDistance } from './distance.ts';
import { dot } from './dot.ts';
import { euclidean } from './euclidean.ts';
import { squaredEuclidean } from './squared-euclidean.ts';

const GEOMETRIES = new Map<RowDistance, Geometry>([
  [dot, 'dot'],
  [cosine, 'cosine'],
  [euclidean, 'euclidean'],
  [squaredEuclidean, 'squaredEuclidean'],
]);

/** What the kernels call a distance; undefined for one that they do not know. */
export function geometryOf(distance: RowDistance): Geometry | undefined {
  return GEOMETRIES.get(distance);
}
