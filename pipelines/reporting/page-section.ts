import { type Html, html } from './html-text.ts';
import { type Chart, svgOf } from './svg.ts';

/** A part of the page, by the name that leads to it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** A chart with how it is read. */
export async function figure(chart: Chart, reading: string): Promise<Html> {
  return html`<figure>
    ${await svgOf(chart)}
    <figcaption>
      <strong><bdi>${chart.title}</bdi></strong
      >${reading}
    </figcaption>
  </figure>`;
}
