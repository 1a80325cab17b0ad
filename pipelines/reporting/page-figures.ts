import { signedWithInterval, withInterval } from '../table.ts';
import { figuresChart } from './charts/intervals.ts';
import type { Evaluation } from './evaluation.ts';
import { html } from './html-text.ts';
import { figure, type Section } from './page-section.ts';
import { differencesTable, figuresTable } from './page-tables.ts';
import { verdict } from './words.ts';

export async function figuresSection(evaluation: Evaluation): Promise<Section> {
  const { measures, systems, differences, notes } = evaluation;
  const last = systems[systems.length - 1];
  const difference = differences.at(-1);
  const tiles = measures.map((measure) => {
    const change = difference?.figures[measure];
    const against =
      change &&
      html`<br /><span class="${verdict(change)}">${signedWithInterval(change)}, ${verdict(change)}</span>
        <span class="quiet">against <bdi>${difference.before}</bdi></span>`;
    return html`<li>
      ${measure}<strong>${last.figures[measure].mean.toFixed(4)}</strong
      ><span class="quiet">${withInterval(last.figures[measure]).replace(/^\S+ /, '')}</span>${against}
    </li>`;
  });
  return {
    id: 'figures-part',
    title: 'Figures',
    body: html`<p>
        <bdi>${last.name}</bdi>, means over all queries; in brackets 95 % intervals. A difference is called
        significant where its interval does not hold 0.
      </p>
      ${notes.map((note) => html`<p class="quiet"><bdi>${note}</bdi></p>`)}
      <div class="charts">
        <ul class="tiles">
          ${tiles}
        </ul>
        ${await figure(figuresChart(evaluation), 'A mark is a mean, its line the interval. Intervals of two systems may overlap where their difference is significant: the same queries were asked of both.')}
      </div>
      ${figuresTable(evaluation)} ${differences.length === 0 ? '' : differencesTable(evaluation)}`,
  };
}
