import { signedWithInterval, withInterval } from '../table.ts';
import type { Difference, Evaluation } from './evaluation.ts';
import { type Html, html } from './html-text.ts';
import { percent, verdict } from './words.ts';

/** What a cell holds, or that with how it is set. */
export type Cell = Html | string | number;

/** A table with a heading; a row's first cell is its name, and cells of numbers stand to the right. */
export function tableOf(
  caption: string,
  heading: readonly string[],
  rows: readonly (readonly Cell[])[],
): Html {
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heading.map((cell, c) => html`<th scope="col" class="${c === 0 ? 'name' : 'number'}"><bdi>${cell}</bdi></th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...cells]) =>
            html`<tr>
              <th scope="row"><bdi>${name}</bdi></th>
              ${cells.map((cell) => html`<td class="number">${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

export function figuresTable({ measures, systems, differences }: Evaluation): Html {
  return tableOf(
    'Means over all queries with 95 % intervals',
    [
      '',
      ...systems.map(({ name }) => name),
      ...differences.map(({ before, after }) => `${after} - ${before}`),
    ],
    [
      ...measures.map((measure) => [
        measure,
        ...systems.map(({ figures }) => withInterval(figures[measure])),
        ...differences.map(
          ({ figures }) =>
            html`${signedWithInterval(figures[measure])}
              <span class="${verdict(figures[measure])}">${verdict(figures[measure])}</span>`,
        ),
      ]),
      [
        'unjudged among the first 10',
        ...systems.map(({ unjudged }) => percent(unjudged)),
        ...differences.map(() => ''),
      ],
    ],
  );
}

export function countsTable(differences: readonly Difference[], measures: readonly string[]): Html {
  return tableOf(
    'How many queries have a higher, the same and a lower value',
    ['', 'better', 'same', 'worse'],
    differences.flatMap(({ after, before, counts }) =>
      measures.map((measure) => {
        const { better, same, worse } = counts[measure];
        const of = differences.length === 1 ? measure : `${measure}, ${after} against ${before}`;
        return [of, better, same, worse];
      }),
    ),
  );
}
