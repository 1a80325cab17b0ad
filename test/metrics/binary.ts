import fc from 'fast-check';

/** Scores of which many are equal, and their labels, some of either. */
export const binaryScores = fc
  .array(fc.record({ score: fc.integer({ min: -4, max: 4 }), label: fc.integer({ min: 0, max: 1 }) }), {
    minLength: 2,
    maxLength: 40,
  })
  .map((rows) => [...rows, { score: 1, label: 0 }, { score: 0, label: 1 }])
  .map((rows) => ({
    scores: rows.map(({ score }) => score / 4),
    labels: rows.map(({ label }) => label),
  }));
