import type { Evaluation } from '../../../pipelines/reporting/evaluation.ts';

/** Two systems, two queries and a slice; all names and texts are `name`. */
export function smallEvaluation(name: string): Evaluation {
  const figure = (mean: number) => ({ mean, interval: [mean - 0.125, mean + 0.125] as const });
  const scores = {
    edges: [0, 0.5, 1],
    shares: { relevant: [0, 1], 'nearest miss': [0.5, 0.5], random: [1, 0] },
    means: { relevant: 0.75, 'nearest miss': 0.5, random: 0.25 },
  };
  const system = { name, values: { 'ndcg@10': [0.5, 0], mrr: [0.5, 0] }, unjudged: 0.5, scores };
  const retrieved = { rank: 1, id: name, text: name, score: 0.5, grade: 0 };
  const relevant = { id: name, text: name, score: 0.25, grade: 2 };
  return {
    title: name,
    depth: 10,
    facts: { data: name, split: name },
    notes: [name],
    measures: ['ndcg@10'],
    queries: [
      { id: name, text: name, relevant: 1 },
      { id: 'q2', text: 'second', relevant: 1 },
    ],
    systems: [
      { ...system, figures: { 'ndcg@10': figure(0.25) } },
      {
        ...system,
        name: 'after',
        figures: { 'ndcg@10': figure(0.5) },
        calibration: {
          split: 'dev',
          error: 0.0625,
          brier: 0.125,
          right: 0.5,
          bins: [{ predicted: 0.25, observed: 0.5, count: 2 }],
        },
      },
    ],
    differences: [
      {
        after: 'after',
        before: name,
        figures: { 'ndcg@10': figure(0.25) },
        counts: { 'ndcg@10': { better: 1, same: 1, worse: 0 } },
      },
    ],
    cases: [
      {
        title: 'Worst',
        says: 'Lowest.',
        queries: [
          {
            query: 0,
            rankings: [
              { value: 0.5, relevant: [relevant], retrieved: [retrieved] },
              { value: 0, relevant: [relevant], retrieved: [{ ...retrieved, grade: undefined }] },
            ],
          },
        ],
      },
    ],
    slicings: [{ name, slices: [{ name, queries: 2, figures: [figure(0.25), figure(0.5)] }] }],
  };
}
