import { HEIGHT, LIGHT, WIDTH } from '../chart-style.ts';
import type { Evaluation, System } from '../evaluation.ts';
import type { Chart } from '../svg.ts';
import { COUNT_SIZE, counted } from './counted.ts';
import { SIDES, sideOf } from './sides.ts';

/** Places on the axis between a rank and ten times it. */
const A_DECADE = 6;

/** Where the first relevant document of each query stood, before and after. */
export function ranksChart({ systems, depth }: Evaluation): Chart {
  const [before, after] = systems.slice(-2);
  // past the last rank there is one place for all that lies deeper
  const deeper = Math.max(2, depth) * 2;
  const placesOf = ({ values }: System): number[] =>
    Array.from(values.mrr, (inverse) =>
      inverse === 0 ? deeper : 10 ** (Math.round(A_DECADE * Math.log10(1 / inverse)) / A_DECADE),
    );
  const values = counted(placesOf(before), placesOf(after)).map((place) => ({
    ...place,
    side: sideOf(place.x - place.y),
  }));
  const decades = Array.from({ length: 1 + Math.floor(Math.log10(depth)) }, (_, power) => 10 ** power);
  const rank = (field: string, name: string) => ({
    field,
    type: 'quantitative' as const,
    title: `rank by ${name}`,
    scale: { type: 'log' as const, domain: [0.7, deeper * 1.4], nice: false, reverse: true },
    axis: {
      values: [...decades, deeper],
      labelExpr: `datum.value > ${depth} ? 'deeper' : format(datum.value, 'd')`,
    },
  });
  return {
    id: 'ranks',
    title: 'Rank of the first relevant document',
    description: `Circles at the rank by ${before.name} across and by ${after.name} upward, the first rank to the right and on top, as large as there are queries; above the diagonal ${after.name} is better.`,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      autosize: { type: 'fit', contains: 'padding' },
      layer: [
        {
          data: {
            values: [
              { x: 1, y: 1 },
              { x: deeper, y: deeper },
            ],
          },
          mark: { type: 'line', color: LIGHT.faint, strokeDash: [4, 4], strokeWidth: 1 },
          encoding: { x: rank('x', before.name), y: rank('y', after.name) },
        },
        {
          data: { values: [...values] },
          mark: { type: 'circle', opacity: 0.75 },
          encoding: { x: rank('x', before.name), y: rank('y', after.name), size: COUNT_SIZE, color: SIDES },
        },
      ],
    },
  };
}
