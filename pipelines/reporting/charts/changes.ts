import { HEIGHT, WIDTH } from '../chart-style.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Chart } from '../svg.ts';
import { share } from './shares.ts';
import { SIDES, sideOf } from './sides.ts';

const STEPS = 240;

/** The change of each query, from the greatest gain to the greatest loss. */
export function changesChart({ measures: [measure], systems, queries }: Evaluation): Chart {
  const [before, after] = systems.slice(-2);
  const changes = queries
    .map((_, q) => after.values[measure][q] - before.values[measure][q])
    .sort((a, b) => b - a);
  const steps = Math.min(STEPS, changes.length);
  const values = Array.from({ length: steps }, (_, s) => {
    const change = changes[Math.floor(((s + 0.5) * changes.length) / steps)];
    return { from: s / steps, to: (s + 1) / steps, change, side: sideOf(change) };
  });
  const better = changes.filter((change) => change > 0).length;
  const worse = changes.filter((change) => change < 0).length;
  return {
    id: 'changes',
    title: `Change of ${measure}, query by query`,
    description: `Queries from the greatest gain to the greatest loss: ${better} better, ${changes.length - better - worse} the same, ${worse} worse.`,
    spec: {
      data: { values },
      width: WIDTH,
      height: HEIGHT,
      autosize: { type: 'fit', contains: 'padding' },
      mark: { type: 'rect' },
      encoding: {
        x: share('from', 'share of the queries, the greatest gain first', { format: '.0%' }),
        x2: { field: 'to' },
        y: {
          field: 'change',
          type: 'quantitative',
          title: `${measure} by ${after.name} less by ${before.name}`,
          scale: { domain: [-1, 1] },
        },
        y2: { datum: 0 },
        color: SIDES,
      },
    },
  };
}
