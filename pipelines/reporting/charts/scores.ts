import { HEIGHT, LIGHT, WIDTH } from '../chart-style.ts';
import type { Scores } from '../evaluation.ts';
import type { Chart } from '../svg.ts';

const KINDS = ['relevant', 'nearest miss', 'random'] as const;

/** How scores of relevant documents lie to those of others. */
export function scoresChart(scores: Scores, name: string, s: number): Chart {
  const values = KINDS.flatMap((kind) =>
    scores.shares[kind].map((share, b) => ({ kind, share, from: scores.edges[b], to: scores.edges[b + 1] })),
  );
  const means = KINDS.map((kind) => ({ kind, mean: scores.means[kind] }));
  const color = {
    field: 'kind',
    scale: { domain: [...KINDS], range: [LIGHT.after, LIGHT.miss, LIGHT.random] },
  };
  return {
    id: `scores-${s + 1}`,
    title: `Scores by ${name}`,
    description: means.map(({ kind, mean }) => `mean score, ${kind}: ${mean.toFixed(3)}`).join('; '),
    spec: {
      width: WIDTH,
      height: HEIGHT - 100,
      autosize: { type: 'fit', contains: 'padding' },
      encoding: { color },
      layer: [
        {
          data: { values },
          mark: { type: 'rect', opacity: 0.45 },
          encoding: {
            x: { field: 'from', type: 'quantitative', title: 'score', scale: { zero: false, nice: false } },
            x2: { field: 'to' },
            y: { field: 'share', type: 'quantitative', title: 'share', stack: null, axis: { format: '.0%' } },
            y2: { datum: 0 },
          },
        },
        {
          data: { values: means.filter(({ mean }) => !Number.isNaN(mean)) },
          mark: { type: 'rule', strokeWidth: 2, strokeDash: [5, 3] },
          encoding: { x: { field: 'mean', type: 'quantitative' } },
        },
      ],
    },
  };
}
