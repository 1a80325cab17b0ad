import { leakCounts, type SplitLeaks } from '../leaking/split-leaks.ts';
import type { Figures } from '../retrieval.ts';
import { intervals, means, table, withInterval } from '../table.ts';

/** What an evaluation has found, the stored vectors first. */
export interface Evaluation {
  readonly split: string;
  readonly queries: number;
  /** queries without a relevant document */
  readonly unanswerable: number;
  readonly zeroRows: { readonly corpus: number; readonly queries: number };
  readonly documents: number;
  readonly distance: string;
  readonly depth: number;
  readonly seed: number;
  readonly systems: readonly Evaluated[];
  /** what the split shares with the training split, where there is one */
  readonly leaks?: SplitLeaks;
  /** how many candidates the shorter forms had ranked again */
  readonly rescored?: number;
  readonly index?: { readonly kind: string; readonly ef: number; readonly recall: Figures };
}

export interface Evaluated {
  readonly name: string;
  readonly figures: Figures;
  /** of a document's vector, where it has one */
  readonly bytes?: number;
  readonly queriesPerSecond: number;
}

/** The figures of the stored vectors and what they are of, on one line; what other systems there were behind them. */
export function evaluationJson(evaluation: Evaluation): string {
  const { queries, unanswerable, zeroRows, documents, distance, depth, seed, systems } = evaluation;
  const { rescored, index } = evaluation;
  const leaks = evaluation.leaks && leakCounts(evaluation.leaks);
  const facts = {
    queries,
    without_relevant: unanswerable,
    zero_rows: zeroRows,
    distance,
    depth,
    seed,
    leaks,
  };
  const [{ figures }] = systems;
  const others = systems.length > 1 && {
    systems: systems.map(({ name, figures, bytes, queriesPerSecond }) => ({
      name,
      ...means(figures),
      intervals: intervals(figures),
      bytes_per_vector: bytes ?? null,
      corpus_bytes: bytes === undefined ? null : bytes * documents,
      queries_per_second: queriesPerSecond,
    })),
    ...(rescored !== undefined && { rescored }),
    ...(index && {
      index: {
        kind: index.kind,
        ef: index.ef,
        ...means(index.recall),
        intervals: intervals(index.recall),
      },
    }),
  };
  return JSON.stringify({ ...means(figures), ...facts, intervals: intervals(figures), ...others });
}

/** The same to be read. */
export function evaluationText(evaluation: Evaluation): string {
  const { split, queries, unanswerable, zeroRows, documents, distance, depth, systems } = evaluation;
  const { rescored, index } = evaluation;
  const [{ figures }] = systems;
  const lines = [
    systems.length > 1
      ? costs(systems, documents)
      : table(
          ['', `${split} [95 %]`],
          Object.entries(figures).map(([name, figure]) => [name, withInterval(figure)]),
        ),
  ];
  for (const [cut, share] of Object.entries(index?.recall ?? {}))
    lines.push(
      `index ${cut}: ${withInterval(share)} of the true nearest, ${index?.kind} with ef ${index?.ef}`,
    );
  if (rescored !== undefined) lines.push(`rescored: ${rescored} candidates each, ranked again by float32`);
  lines.push(
    `${queries} queries, ${unanswerable} of them without a relevant document (they count as 0), ranked to depth ${depth} by ${distance}`,
    `zero rows: ${zeroRows.corpus} in the corpus, ${zeroRows.queries} among the queries`,
  );
  return lines.join('\n');
}

/** A line a system: its figures, and what it costs. */
function costs(systems: readonly Evaluated[], documents: number): string {
  const metrics = Object.keys(systems[0].figures);
  return table(
    ['', ...metrics.map((metric) => `${metric} [95 %]`), 'bytes/vector', 'corpus MB', 'queries/s'],
    systems.map(({ name, figures, bytes, queriesPerSecond }) => [
      name,
      ...metrics.map((metric) => withInterval(figures[metric])),
      bytes === undefined ? '-' : String(bytes),
      bytes === undefined ? '-' : ((bytes * documents) / 1e6).toFixed(1),
      queriesPerSecond.toFixed(0),
    ]),
  );
}
