import { HEIGHT, LIGHT, WIDTH } from '../chart-style.ts';
import { wilson } from '../../../src/metrics/stratified-rate.ts';
import type { Calibration } from '../evaluation.ts';
import type { Chart } from '../svg.ts';
import { percent } from '../words.ts';
import { diagonal, share } from './shares.ts';

/** How sure, and how often right. */
export function reliabilityChart({ bins, error }: Calibration, name: string, s: number): Chart {
  const values = bins.map((bin) => {
    const [low, high] = wilson(bin.observed, bin.count);
    return { ...bin, low, high };
  });
  const most = Math.min(
    1,
    1.1 * values.reduce((top, { predicted, high }) => Math.max(top, predicted, high), 0),
  );
  const axis = { most, format: '.0%' };
  const x = share('predicted', 'how sure', axis);
  const y = share('observed', 'how often right', axis);
  return {
    id: `reliability-${s + 1}`,
    title: `Reliability of ${name}`,
    description: `Calibration error ${error.toFixed(4)}; ${values
      .map(
        ({ predicted, observed, count }) =>
          `${count} queries said ${percent(predicted)}, were ${percent(observed)}`,
      )
      .join('; ')}`,
    spec: {
      width: WIDTH,
      height: HEIGHT,
      autosize: { type: 'fit', contains: 'padding' },
      layer: [
        diagonal(x, y, most),
        {
          data: { values },
          encoding: {
            x,
            color: { value: LIGHT.after },
          },
          layer: [
            {
              mark: { type: 'rule', strokeWidth: 2 },
              encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
            },
            {
              mark: { type: 'circle', opacity: 1 },
              encoding: {
                y,
                size: {
                  field: 'count',
                  type: 'quantitative',
                  scale: { rangeMin: 30, rangeMax: 180 },
                  legend: null,
                },
              },
            },
          ],
        },
      ],
    },
  };
}
