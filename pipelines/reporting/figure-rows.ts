import type { Figure } from '../retrieval.ts';
import type { Evaluation } from './evaluation.ts';

/** A figure as it stands in a table: of which system, over which queries. */
export interface FigureRow {
  /** a system, or one less another */
  readonly system: string;
  /** by what the queries were told apart and how; of all queries absent */
  readonly slice?: readonly [name: string, value: string];
  readonly measure: string;
  readonly queries: number;
  readonly figure: Figure;
  /** of two systems, how many queries have a higher, the same and a lower value */
  readonly counts?: { readonly better: number; readonly same: number; readonly worse: number };
}

/** Every figure of a report, the whole first and then the slices. */
export function figureRows({ systems, differences, slicings, measures, queries }: Evaluation): FigureRow[] {
  const whole = systems.flatMap(({ name, figures }) =>
    measures.map((measure) => ({ system: name, measure, queries: queries.length, figure: figures[measure] })),
  );
  const apart = differences.flatMap(({ after, before, figures, counts }) =>
    measures.map((measure) => ({
      system: `${after} - ${before}`,
      measure,
      queries: queries.length,
      figure: figures[measure],
      counts: counts[measure],
    })),
  );
  const parts = slicings.flatMap(({ name, slices }) =>
    slices.flatMap((slice) =>
      slice.figures.map((figure, s) => ({
        system: systems[s].name,
        slice: [name, slice.name] as const,
        measure: measures[0],
        queries: slice.queries,
        figure,
      })),
    ),
  );
  return [...whole, ...apart, ...parts];
}
