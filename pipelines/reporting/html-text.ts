/** Markup that is safe to stand in a page. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup with what is put into it escaped, but for markup that came from here. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: markup.map((piece, i) => piece + (i < parts.length ? escaped(parts[i]) : '')).join('') };
}

/** Markup that was made elsewhere and is known to be safe. */
export function trusted(markup: string): Html {
  return { html: markup };
}

function escaped(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character]);
  return 'html' in part ? part.html : part.map(escaped).join('');
}
