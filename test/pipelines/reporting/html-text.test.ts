import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, trusted } from '../../../pipelines/reporting/html-text.ts';

const CHARACTERS: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

describe('html', () => {
  it('escapes what is put in and keeps markup that came from itself', () => {
    const cell = html`<b>${'a<b & "c"'}</b>`;
    expect(html`<p title="${"'"}">${[cell, ' ', 7]}${undefined}</p>`.html).toBe(
      '<p title="&#39;"><b>a&lt;b &amp; &quot;c&quot;</b> 7</p>',
    );
    expect(html`${trusted('<i>')}`.html).toBe('<i>');
  });

  it('lets no text out of its place, and loses none of it', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<script>alert(1)</script>', ']]>', '-->', '</title>', '" onload="x', '&lt;', '${x}'),
    );
    fc.assert(
      fc.property(fc.array(hostile), (texts) => {
        const text = texts.join('');
        const inside = html`<p>${text}</p>`.html.slice(3, -4);
        expect(inside).not.toMatch(/[<>"']/);
        expect(inside.replace(/&[#\w]+;/g, (entity) => CHARACTERS[entity])).toBe(text);
      }),
    );
  });
});
