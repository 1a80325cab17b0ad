import type { Evaluation } from './evaluation.ts';
import { html, trusted } from './html-text.ts';
import { casesSection } from './page-cases.ts';
import { changesSection } from './page-changes.ts';
import { figuresSection } from './page-figures.ts';
import { calibrationSection, scoresSection } from './page-scores.ts';
import type { Section } from './page-section.ts';
import { slicesSection } from './page-slices.ts';
import { STYLE } from './page-style.ts';

/** The report as one page that asks the network for nothing and has no script. */
export async function pageOf(evaluation: Evaluation): Promise<string> {
  const sections = [
    await figuresSection(evaluation),
    ...(await changesSection(evaluation)),
    ...casesSection(evaluation),
    ...(await slicesSection(evaluation)),
    await scoresSection(evaluation),
    ...(await calibrationSection(evaluation)),
    made(evaluation),
  ];
  const { title, facts } = evaluation;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1><bdi>${title}</bdi></h1>
          <p class="quiet">
            ${evaluation.queries.length} queries of split <bdi>${facts.split}</bdi> against ${facts.documents}
            documents, by ${facts.distance}, ${facts.depth} deep
          </p>
          <nav aria-label="Parts of the report">
            <ul>
              ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${sections.map(
            ({ id, title, body }) =>
              html`<section id="${id}" aria-labelledby="${id}-heading">
                <h2 id="${id}-heading">${title}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <footer>
          <p>
            Made by nearmiss <bdi>${facts.nearmiss}</bdi>. The page is whole: it holds no script and asks the
            network for nothing.
          </p>
        </footer>
      </body>
    </html> `.html;
}

function made({ facts }: Evaluation): Section {
  return {
    id: 'made-part',
    title: 'How it was made',
    body: html`<dl>
      ${Object.entries(facts).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd><bdi>${value}</bdi></dd>`,
      )}
    </dl>`,
  };
}
