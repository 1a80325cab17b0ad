import { markdownTable } from '../markdown-table.ts';
import { signedWithInterval, withInterval } from '../table.ts';
import type { Calibration, Case, Evaluation, Retrieved } from './evaluation.ts';
import { percent, saidOf, verdict } from './words.ts';

/** The report as Markdown (GitHub's, for its tables). */
export function markdownOf(evaluation: Evaluation): string {
  return [
    `# ${text(evaluation.title)}`,
    ...evaluation.differences.map((difference) =>
      paragraph(`${saidOf(difference, evaluation.measures[0])}.`),
    ),
    figures(evaluation),
    ...evaluation.notes.map((note) => `> ${paragraph(note)}`),
    changes(evaluation),
    ...slices(evaluation),
    ...scores(evaluation),
    ...cases(evaluation),
    '## How it was made',
    table(['', ''], Object.entries(evaluation.facts)),
  ]
    .filter((block) => block !== '')
    .map((block) => `${block}\n`)
    .join('\n');
}

function figures({ measures, systems, differences }: Evaluation): string {
  const apart = differences.map(({ after, before }) => `${after} - ${before}`);
  return table(
    ['mean [95 %]', ...systems.map(({ name }) => name), ...apart],
    [
      ...measures.map((measure) => [
        measure,
        ...systems.map(({ figures }) => withInterval(figures[measure])),
        ...differences.map(
          ({ figures }) => `${signedWithInterval(figures[measure])}, ${verdict(figures[measure])}`,
        ),
      ]),
      [
        'without a judgment among the first 10',
        ...systems.map(({ unjudged }) => percent(unjudged)),
        ...apart.map(() => ''),
      ],
    ],
  );
}

function changes({ differences, measures }: Evaluation): string {
  if (differences.length === 0) return '';
  const rows = differences.flatMap(({ after, before, counts }) =>
    measures.map((measure) => {
      const { better, same, worse } = counts[measure];
      return [`${after} against ${before}`, measure, better, same, worse];
    }),
  );
  return `## Query by query\n\n${table(['', 'measure', 'better', 'same', 'worse'], rows)}`;
}

function slices({ slicings, systems, measures }: Evaluation): string[] {
  return slicings.map(({ name, slices }) => {
    const rows = slices.map((slice) => [slice.name, slice.queries, ...slice.figures.map(withInterval)]);
    return `## ${text(`${measures[0]} by ${name}`)}\n\n${table([name, 'queries', ...systems.map(({ name }) => name)], rows)}`;
  });
}

function scores({ systems }: Evaluation): string[] {
  const rows = systems.map(({ name, scores: { means } }) => [
    name,
    ...Object.values(means).map((mean) => mean.toFixed(4)),
  ]);
  const kinds = Object.keys(systems[0].scores.means);
  const calibrated = systems.flatMap(({ name, calibration }) =>
    calibration === undefined ? [] : [[name, ...calibrationCells(calibration)]],
  );
  return [
    `## Mean scores\n\n${table(['', ...kinds], rows)}`,
    calibrated.length === 0
      ? ''
      : `## Calibration\n\n${table(['', 'fitted on', 'first is relevant', 'calibration error', 'Brier score'], calibrated)}`,
  ];
}

function calibrationCells({ split, right, error, brier }: Calibration): string[] {
  return [split, percent(right), error.toFixed(4), brier.toFixed(4)];
}

function cases(evaluation: Evaluation): string[] {
  return evaluation.cases.flatMap(({ title, says, queries }) => [
    `## ${text(title)}\n\n${text(says)}`,
    ...queries.map((each) => caseOf(each, evaluation)),
  ]);
}

function caseOf({ query, rankings }: Case, { queries, systems, measures }: Evaluation): string {
  const { id, text: asked } = queries[query];
  const blocks = rankings.map(({ value, relevant, retrieved }, s) => {
    const rows = [
      ...relevant.map((each) => ['should be', ...cells(each)]),
      ...retrieved.map((each) => ['was', ...cells(each)]),
    ];
    const heading = `${paragraph(`${systems[s].name}, ${measures[0]} ${value.toFixed(4)}`)}\n\n`;
    return heading + table(['first', 'rank', 'score', 'judged', 'document', 'text'], rows);
  });
  return `### ${text(`${asked} (${id})`)}\n\n${blocks.join('\n\n')}`;
}

function cells({ rank, score, grade, id, text }: Retrieved): (string | number)[] {
  return [rank ?? 'deeper', score.toFixed(4), grade ?? 'no', id, text];
}

function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return markdownTable(texts(heading), rows.map(texts));
}

function texts(cells: readonly (string | number)[]): string[] {
  return cells.map((cell) => text(String(cell)));
}

/** As it stands: nothing of it is markup, and it stays on its line. Brackets alone are none. */
function text(value: string): string {
  return value
    .replace(/[\\`*_|~$]|\](?=[([:])/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\r\n]+/g, ' ');
}

/** The same at the start of a line, where a mark would begin a list or a heading. */
function paragraph(value: string): string {
  return text(value).replace(/^(\d*)([-+#=.)])/, '$1\\$2');
}
