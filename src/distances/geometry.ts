import type { Geometry, PairGeometry } from '../kernels/kernels.ts';
import { chord } from './chord.ts';
import { cosine } from './cosine.ts';
import type { RowDistance } from './distance.ts';
import { dot } from './dot.ts';
import { euclidean } from './euclidean.ts';
import { squaredChord } from './squared-chord.ts';
import { squaredEuclidean } from './squared-euclidean.ts';

const GEOMETRIES = [
  'dot',
  'cosine',
  'euclidean',
  'squaredEuclidean',
  'chord',
  'squaredChord',
] as const satisfies readonly PairGeometry[];

const DISTANCES: Readonly<Record<PairGeometry, RowDistance>> = {
  dot,
  cosine,
  euclidean,
  squaredEuclidean,
  chord,
  squaredChord,
};

/** What the pair kernel calls a distance; undefined for one that is not of this folder, which it does not know. */
export function pairGeometryOf(distance: RowDistance): PairGeometry | undefined {
  return GEOMETRIES.find((geometry) => DISTANCES[geometry] === distance);
}

/** The distance that the pair kernel calls so. */
export function distanceOf(geometry: PairGeometry): RowDistance {
  return DISTANCES[geometry];
}

/** What the other kernels call it, who know those of unit rows as distances of rows that are. */
export function geometryOf(distance: RowDistance): Geometry | undefined {
  const geometry = pairGeometryOf(distance);
  return geometry === 'chord' || geometry === 'squaredChord' ? undefined : geometry;
}

/** The distance of unit rows that a distance is; undefined where lengths count, or are seen to by the distance itself. */
export function ofUnitRowsAs(distance: RowDistance): RowDistance | undefined {
  return distance === chord ? euclidean : distance === squaredChord ? squaredEuclidean : undefined;
}
