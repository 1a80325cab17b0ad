import { beforeAfterChart } from './charts/before-after.ts';
import { changesChart } from './charts/changes.ts';
import { ranksChart } from './charts/ranks.ts';
import type { Evaluation } from './evaluation.ts';
import { html } from './html-text.ts';
import { figure, type Section } from './page-section.ts';

export async function changesSection(evaluation: Evaluation): Promise<Section[]> {
  const difference = evaluation.differences.at(-1);
  if (difference === undefined) return [];
  const charts = [
    await figure(
      beforeAfterChart(evaluation),
      `Each circle is as large as there are queries with these two values. Above the dashed line ${difference.after} is better, below it ${difference.before}.`,
    ),
    await figure(
      ranksChart(evaluation),
      'The same of ranks, the first on top and to the right. It shows what happens below the cut of a figure.',
    ),
    await figure(
      changesChart(evaluation),
      'All queries side by side, from the greatest gain to the greatest loss. A mean can rise while many queries fall.',
    ),
  ];
  return [
    {
      id: 'queries-part',
      title: 'Before and after',
      body: html`<p>
          From <bdi>${difference.before}</bdi> to <bdi>${difference.after}</bdi>, query by query.
        </p>
        <div class="charts three">${charts}</div>`,
    },
  ];
}
