import { withInterval } from '../table.ts';
import { sliceChart } from './charts/intervals.ts';
import type { Evaluation } from './evaluation.ts';
import { html } from './html-text.ts';
import { figure, type Section } from './page-section.ts';
import { tableOf } from './page-tables.ts';

export async function slicesSection(evaluation: Evaluation): Promise<Section[]> {
  const { slicings, systems, measures } = evaluation;
  if (slicings.length === 0) return [];
  const drawn = await Promise.all(
    slicings.map(async (slicing, s) => {
      const rows = slicing.slices.map(({ name, queries, figures }) => [
        name,
        queries,
        ...figures.map(withInterval),
      ]);
      const heading = [slicing.name, 'queries', ...systems.map(({ name }) => name)];
      return html`<div>
        ${await figure(sliceChart(slicing, s, evaluation), 'The number of queries stands in brackets.')}
        <details>
          <summary>The same as a table</summary>
          ${tableOf(`${measures[0]} by ${slicing.name}`, heading, rows)}
        </details>
      </div>`;
    }),
  );
  return [
    {
      id: 'slices-part',
      title: 'Slices',
      body: html`<p>
          ${measures[0]} of parts of the queries, by their metadata and what they are. Of many slices some
          stand out by chance: the intervals are not widened for their number.
        </p>
        <div class="charts">${drawn}</div>`,
    },
  ];
}
