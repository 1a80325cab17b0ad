import type { TopLevelSpec } from 'vega-lite';
import { systemColors, WIDTH } from '../chart-style.ts';
import type { Evaluation, Slicing, System } from '../evaluation.ts';
import type { Chart } from '../svg.ts';

/** Each figure of each system with its interval. */
export function figuresChart({ measures, systems }: Evaluation): Chart {
  const values = measures.flatMap((measure) =>
    systems.map(({ name, figures }) => {
      const { mean, interval } = figures[measure];
      return { row: measure, system: name, mean, low: interval[0], high: interval[1] };
    }),
  );
  return {
    id: 'figures',
    title: 'Figures with 95 % intervals',
    description: values.map(({ row, system, mean }) => `${row} of ${system}: ${mean.toFixed(4)}`).join('; '),
    spec: intervals(values, measures, systems, { x: null, labels: 96 }),
  };
}

/** The first figure of each slice. */
export function sliceChart({ name, slices }: Slicing, s: number, { measures, systems }: Evaluation): Chart {
  const rows = slices.map((slice) => `${slice.name} (${slice.queries})`);
  const values = slices.flatMap(({ figures }, i) =>
    figures.map(({ mean, interval: [low, high] }, j) => ({
      row: rows[i],
      system: systems[j].name,
      mean,
      low,
      high,
    })),
  );
  return {
    id: `slice-${s + 1}`,
    title: `${measures[0]} by ${name}`,
    description: values.map(({ row, system, mean }) => `${row}, ${system}: ${mean.toFixed(4)}`).join('; '),
    spec: intervals(values, rows, systems, { x: measures[0], labels: 130 }),
  };
}

interface IntervalRow {
  readonly row: string;
  readonly system: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

function intervals(
  values: readonly IntervalRow[],
  rows: readonly string[],
  systems: readonly System[],
  { x, labels }: { readonly x: string | null; readonly labels: number },
): TopLevelSpec {
  const names = systems.map(({ name }) => name);
  const color = { field: 'system', scale: { domain: names, range: [...systemColors(names.length)] } };
  const y = {
    field: 'row',
    type: 'nominal',
    sort: [...rows],
    title: null,
    // of one width, so that charts of one page stand in line
    axis: { ticks: false, domain: false, minExtent: labels, maxExtent: labels, labelLimit: 1.25 * labels },
  } as const;
  const yOffset = { field: 'system', sort: names, scale: { padding: 0.2 } } as const;
  return {
    data: { values: [...values] },
    width: WIDTH - labels - 20,
    height: { step: 13, for: 'offset' },
    encoding: { y, yOffset, color },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          x: { field: 'low', type: 'quantitative', title: x, scale: { zero: true } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 55, opacity: 1 },
        encoding: {
          x: { field: 'mean', type: 'quantitative' },
          shape: { field: 'system', scale: { domain: names } },
        },
      },
    ],
  };
}
