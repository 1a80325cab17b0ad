import type { TopLevelSpec } from 'vega-lite';
import { refuse } from '../../src/core/check.ts';
import { CONFIG } from './chart-style.ts';
import { type Html, html, trusted } from './html-text.ts';

/** A chart as it is described to whoever draws it, and in words to whoever cannot see it. */
export interface Chart {
  /** of the page, once */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly spec: TopLevelSpec;
}

/**
 * The packages that charts are drawn by.
 *
 * @throws RangeError if they are not installed
 */
export async function drawing() {
  try {
    const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
    return { parse, View, compile };
  } catch (error) {
    return refuse(
      '--report',
      'a page takes the packages vega and vega-lite (npm install vega vega-lite)',
      error instanceof Error ? error.message : error,
    );
  }
}

/** Draws a chart: an SVG element without script, links or anything else to be fetched. */
export async function svgOf({ id, title, description, spec }: Chart): Promise<Html> {
  const { parse, View, compile } = await drawing();
  const view = new View(parse(compile(spec, { config: CONFIG }).spec), { renderer: 'none' });
  const drawn = await view.toSVG();
  view.finalize();
  const [, box, body] =
    /^<svg[^>]*(viewBox="[^"]*")[^>]*>(.*)<\/svg>$/s.exec(drawn) ??
    refuse('svgOf', 'vega must draw an SVG with a viewBox', drawn.slice(0, 80));
  // thousandths of a unit are not seen
  const rounded = body.replace(/<[^>]*>/g, (tag) => tag.replace(/(\d\.\d{2})\d+/g, '$1'));
  return html`<svg id="${id}" ${trusted(box)} role="img" aria-labelledby="${id}-title ${id}-description">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-description">${description}</desc>
    ${trusted(rounded)}
  </svg>`;
}
