import { signedWithInterval, withInterval } from '../table.ts';
import type { Evaluation } from './evaluation.ts';
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

export function figuresTable({ measures, systems }: Evaluation): Html {
  return tableOf(
    'Means over all queries with 95 % intervals',
    ['', ...systems.map(({ name }) => name)],
    [
      ...measures.map((measure) => [
        measure,
        ...systems.map(({ figures }) => withInterval(figures[measure])),
      ]),
      ['unjudged among the first 10', ...systems.map(({ unjudged }) => percent(unjudged))],
    ],
  );
}

export function differencesTable({ differences, measures }: Evaluation): Html {
  return tableOf(
    'Differences with 95 % intervals, and how many queries have a higher, the same and a lower value',
    ['', 'difference', '', 'better', 'same', 'worse'],
    differences.flatMap(({ after, before, figures, counts }) =>
      measures.map((measure) => {
        const { better, same, worse } = counts[measure];
        const said = verdict(figures[measure]);
        return [
          `${measure}, ${after} - ${before}`,
          signedWithInterval(figures[measure]),
          html`<span class="${said}">${said}</span>`,
          better,
          same,
          worse,
        ];
      }),
    ),
  );
}
