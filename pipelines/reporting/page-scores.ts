import { reliabilityChart } from './charts/reliability.ts';
import { scoresChart } from './charts/scores.ts';
import type { Evaluation } from './evaluation.ts';
import { html } from './html-text.ts';
import { figure, type Section } from './page-section.ts';
import { tableOf } from './page-tables.ts';
import { percent } from './words.ts';

export async function scoresSection({ systems }: Evaluation): Promise<Section> {
  const charts = await Promise.all(
    systems.map(({ name, scores }, s) =>
      figure(scoresChart(scores, name, s), 'Shares of each kind; dashed lines are means.'),
    ),
  );
  const kinds = Object.keys(systems[0].scores.means);
  return {
    id: 'scores-part',
    title: 'Scores',
    body: html`<p>
        How relevant documents score, beside the best-scored document of each query that is not relevant (the
        nearest miss) and one drawn at random. The less the first two overlap, the more queries are answered;
        the more the last two do, the less a score says.
      </p>
      <div class="charts">${charts}</div>
      ${tableOf(
        'Mean scores',
        ['', ...kinds],
        systems.map(({ name, scores }) => [
          name,
          ...Object.values(scores.means).map((mean) => mean.toFixed(4)),
        ]),
      )}`,
  };
}

export async function calibrationSection({ systems }: Evaluation): Promise<Section[]> {
  const calibrated = systems.flatMap(({ name, calibration }) =>
    calibration === undefined ? [] : [{ name, calibration }],
  );
  if (calibrated.length === 0) return [];
  const [{ calibration: first }] = calibrated;
  const charts = await Promise.all(
    calibrated.map(({ name, calibration }, s) =>
      figure(
        reliabilityChart(calibration, name, s),
        'A circle is as large as there are queries; its line is a 95 % interval. On the dashed line a model is as often right as it says.',
      ),
    ),
  );
  return [
    {
      id: 'calibration-part',
      title: 'Calibration',
      body: html`<p>
          How sure a system may be said to be that its first document is relevant, and how often that is so:
          the probability by Platt scaling of the first score and its lead over the second, fitted on split
          <bdi>${first.split}</bdi>. The figures are of the queries evaluated here.
        </p>
        <div class="charts">${charts}</div>
        ${tableOf(
          'Calibration: error over ten bins of as many queries each, and Brier score; smaller is better',
          ['', 'first is relevant', 'calibration error', 'Brier score'],
          calibrated.map(({ name, calibration: { right, error, brier } }) => [
            name,
            percent(right),
            error.toFixed(4),
            brier.toFixed(4),
          ]),
        )}`,
    },
  ];
}
