import type { Figure } from '../retrieval.ts';
import type { Evaluation } from './evaluation.ts';
import { verdict } from './words.ts';

/** The figures as tables for a paper: needs \usepackage{booktabs}, and a Unicode engine for texts that are not ASCII. */
export function latexOf(evaluation: Evaluation): string {
  return [
    '% needs \\usepackage{booktabs}',
    ...evaluation.notes.map((note) => `% ${oneLine(note)}`),
    figures(evaluation),
    ...slices(evaluation),
  ]
    .map((block) => `${block}\n`)
    .join('\n');
}

function figures({ title, measures, systems, differences, queries, facts }: Evaluation): string {
  const rows = measures.map((measure) => [
    text(measure),
    ...systems.map(({ figures }) => cell(figures[measure])),
    ...differences.map(({ figures }) => difference(figures[measure])),
  ]);
  const apart = differences.map(({ after, before }) => `${text(after)} $-$ ${text(before)}`);
  const star = differences.length === 0 ? '' : ' $^*$: the interval of the difference does not hold 0.';
  return tabular(
    `${text(title)}: means over ${queries.length} queries of ${text(`split ${facts.split}`)} with 95\\,\\% bootstrap intervals.${star}`,
    ['', ...systems.map(({ name }) => text(name)), ...apart],
    rows,
  );
}

function slices({ slicings, systems, measures }: Evaluation): string[] {
  return slicings.map(({ name, slices }) =>
    tabular(
      `${text(`${measures[0]} by ${name}`)}, with 95\\,\\% bootstrap intervals.`,
      [text(name), 'queries', ...systems.map(({ name }) => text(name))],
      slices.map((slice) => [
        text(slice.name),
        String(slice.queries),
        ...slice.figures.map((each) => cell(each)),
      ]),
    ),
  );
}

function cell({ mean, interval }: Figure): string {
  return `$${mean.toFixed(4)}$ ${bounds(interval)}`;
}

/** With its sign, and a star where its interval does not hold 0. */
function difference(figure: Figure): string {
  const star = verdict(figure) === 'not significant' ? '' : '^*';
  return `$${figure.mean < 0 ? '' : '+'}${figure.mean.toFixed(4)}${star}$ ${bounds(figure.interval)}`;
}

function bounds([low, high]: Figure['interval']): string {
  return `{\\footnotesize $[${low.toFixed(4)}, ${high.toFixed(4)}]$}`;
}

function tabular(caption: string, heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${caption}}`,
    `  \\begin{tabular}{l${'r'.repeat(heading.length - 1)}}`,
    '    \\toprule',
    line(heading),
    '    \\midrule',
    ...rows.map(line),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

function line(cells: readonly string[]): string {
  return `    ${cells.join(' & ')} \\\\`;
}

const COMMANDS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

/** As it stands: nothing of it is a command. */
function text(value: string): string {
  return oneLine(value).replace(/[\\~^<>&%$#_{}]/g, (character) => COMMANDS[character] ?? `\\${character}`);
}

function oneLine(value: string): string {
  return value.replace(/\s+/g, ' ');
}
