import { HEIGHT, WIDTH } from '../chart-style.ts';
import type { Evaluation, System } from '../evaluation.ts';
import type { Chart } from '../svg.ts';
import { COUNT_SIZE, counted } from './counted.ts';
import { diagonal, share } from './shares.ts';
import { SIDES, sideOf } from './sides.ts';

const GRID = 20;

/** How many queries have each pair of values, before and after. */
export function beforeAfterChart({ measures: [measure], systems, queries }: Evaluation): Chart {
  const [before, after] = systems.slice(-2);
  const valuesOf = ({ values }: System): number[] =>
    queries.map((_, q) => Math.round(GRID * values[measure][q]) / GRID);
  const values = counted(valuesOf(before), valuesOf(after)).map((place) => ({
    ...place,
    side: sideOf(place.y - place.x),
  }));
  const x = share('x', `${measure} by ${before.name}`, { room: 0.06 });
  const y = share('y', `${measure} by ${after.name}`, { room: 0.06 });
  return {
    id: 'before-after',
    title: `${measure} of each query, before and after`,
    description: `Circles at the value by ${before.name} across and by ${after.name} upward, as large as there are queries; above the diagonal ${after.name} is better.`,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      autosize: { type: 'fit', contains: 'padding' },
      layer: [
        diagonal(x, y),
        {
          data: { values },
          mark: { type: 'circle', opacity: 0.75 },
          encoding: {
            x,
            y,
            size: COUNT_SIZE,
            color: SIDES,
          },
        },
      ],
    },
  };
}
