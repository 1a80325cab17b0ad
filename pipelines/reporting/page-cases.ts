import type { Case, CaseRanking, Cases, Evaluation, Retrieved } from './evaluation.ts';
import { type Html, html } from './html-text.ts';
import type { Section } from './page-section.ts';

export function casesSection(evaluation: Evaluation): Section[] {
  if (evaluation.cases.length === 0) return [];
  return [
    {
      id: 'cases-part',
      title: 'Queries to look at',
      body: html`<p>
          Each opens to what was retrieved first, and where the relevant documents stood. A document that is
          not judged may well be right.
        </p>
        ${evaluation.cases.map((kind, k) => casesPart(kind, k === 0, evaluation))}`,
    },
  ];
}

/** Queries of one kind: a line each, which opens to what was retrieved. */
function casesPart({ title, says, queries }: Cases, open: boolean, evaluation: Evaluation): Html {
  return html`<h3><bdi>${title}</bdi></h3>
    <p class="quiet"><bdi>${says}</bdi></p>
    ${queries.map((each, i) => caseOf(each, open && i === 0, evaluation))}`;
}

function caseOf({ query, rankings }: Case, open: boolean, { queries, systems, measures }: Evaluation): Html {
  const { id, text } = queries[query];
  const values = rankings.map(({ value }) => value.toFixed(2)).join(' → ');
  return html`<details${open ? ' open' : ''}><summary><bdi>${text === '' ? '(no text)' : text}</bdi> <span class="quiet"><bdi>${id}</bdi>, ${measures[0]} ${values}</span></summary>
<div class="rankings">${rankings.map((ranking, s) => rankingOf(ranking, systems[s].name, measures[0]))}</div></details>
`;
}

function rankingOf({ value, relevant, retrieved }: CaseRanking, name: string, measure: string): Html {
  const shown = new Set(retrieved.map(({ id }) => id));
  const missed = relevant.filter(({ id }) => !shown.has(id));
  return html`<div>
    <div class="wide" tabindex="0" role="region" aria-label="${name}">
      <table>
        <caption>
          <bdi>${name}</bdi
          >: ${measure} ${value.toFixed(4)}
        </caption>
        <thead>
          <tr>
            <th scope="col">rank</th>
            <th scope="col">document</th>
            <th scope="col">judged</th>
            <th scope="col" class="number">score</th>
          </tr>
        </thead>
        <tbody>
          ${retrieved.map(documentRow)}${missed.map(documentRow)}
        </tbody>
      </table>
    </div>
  </div>`;
}

function documentRow({ rank, id, text, score, grade }: Retrieved): Html {
  const right = grade !== undefined && grade > 0;
  return html`<tr${right ? ' class=right' : ''}><th scope="row">${rank ?? 'deeper'}</th><td class="text"><bdi>${text === '' ? '(no text)' : text}</bdi> <small><bdi>${id}</bdi></small></td><td>${judgment(grade)}</td><td class="number">${score.toFixed(4)}</td></tr>
`;
}

function judgment(grade: number | undefined): Html {
  if (grade === undefined) return html`<span class="mark">not judged</span>`;
  return grade > 0
    ? html`<span class="mark yes">relevant, ${grade}</span>`
    : html`<span class="mark no">not relevant, ${grade}</span>`;
}
