import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../pipelines/reporting/csv.ts';
import { jsonOf } from '../../../pipelines/reporting/json.ts';
import { latexOf } from '../../../pipelines/reporting/latex.ts';
import { markdownOf } from '../../../pipelines/reporting/markdown.ts';
import { HOSTILE } from './hostile-folder.ts';
import { smallEvaluation } from './small-evaluation.ts';

const hostile = fc.oneof(
  fc.string(),
  fc.constantFrom(
    ...HOSTILE.map((text) => text.slice(0, 300)),
    '\\',
    '{',
    '}',
    '%',
    '&',
    '|',
    '"',
    '\r\n',
    '`',
    '#',
  ),
);

describe('csvOf', () => {
  it('has a line a figure, of all queries and of slices, with the counts of a difference', () => {
    expect(csvOf(smallEvaluation('before')).split('\r\n')).toEqual([
      'system,slice,value,measure,queries,mean,low,high,better,same,worse',
      'before,,,ndcg@10,2,0.25,0.125,0.375,,,',
      'after,,,ndcg@10,2,0.5,0.375,0.625,,,',
      'after - before,,,ndcg@10,2,0.25,0.125,0.375,1,1,0',
      'before,before,before,ndcg@10,2,0.25,0.125,0.375,,,',
      'after,before,before,ndcg@10,2,0.5,0.375,0.625,,,',
      '',
    ]);
  });

  it('reads back as what was written, and is no formula to a spreadsheet', () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const rows = parsedCsv(csvOf(smallEvaluation(name)));
        expect(rows.map((cells) => cells.length)).toEqual([11, 11, 11, 11, 11, 11]);
        expect(rows[1][0].replace(/^'/, '')).toBe(name.replace(/^'/, ''));
        expect(rows[1][0]).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});

/** RFC 4180, in its own words. */
function parsedCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows[rows.length - 1].push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}

describe('markdownOf', () => {
  const page = markdownOf(smallEvaluation('before'));

  it('has the figures, what an interval allows to be said, and what was retrieved', () => {
    expect(page).toContain('after against before: ndcg@10 +0.2500 [+0.1250, +0.3750], better.');
    expect(page).toContain(
      '| ndcg@10 | 0.2500 [0.1250, 0.3750] | 0.5000 [0.3750, 0.6250] | +0.2500 [+0.1250, +0.3750], better |',
    );
    expect(page).toContain('| should be | deeper | 0.2500 | 2 | before | before |');
    expect(page).toContain('| was | 1 | 0.5000 | no | before | before |');
    expect(page).toContain('| after | dev | 50.0 % | 0.0625 | 0.1250 |');
  });

  it('keeps its tables and its headings whatever the names are', () => {
    const shape = (text: string): string[] =>
      text
        .split('\n')
        .map((line) => `${/^[#>]*/.exec(line)?.[0]} ${line.match(/(?<!\\)(\\\\)*\|/g)?.length ?? 0}`);
    fc.assert(
      fc.property(hostile, (name) => {
        const hostilePage = markdownOf(smallEvaluation(`x${name}`));
        expect(shape(hostilePage)).toEqual(shape(page));
        expect(hostilePage).not.toMatch(/<|(?<!\\)(\\\\)*\]\(/);
      }),
    );
  });
});

describe('latexOf', () => {
  it('has a table of the figures, with a star where the interval of a difference does not hold 0', () => {
    expect(latexOf(smallEvaluation('before'))).toContain(
      [
        '    \\toprule',
        '     & before & after & after $-$ before \\\\',
        '    \\midrule',
        '    ndcg@10 & $0.2500$ {\\footnotesize $[0.1250, 0.3750]$} & $0.5000$ {\\footnotesize $[0.3750, 0.6250]$} & $+0.2500^*$ {\\footnotesize $[0.1250, 0.3750]$} \\\\',
        '    \\bottomrule',
      ].join('\n'),
    );
  });

  it('lets no text be a command, a comment or another cell', () => {
    const plain = skeleton(latexOf(smallEvaluation('x')));
    fc.assert(
      fc.property(hostile, (name) => {
        expect(skeleton(latexOf(smallEvaluation(`x${name.replace(/\s/g, '_')}`)))).toBe(plain);
      }),
    );
  });

  /** What is markup: a text's own characters, escaped, are taken out. */
  function skeleton(text: string): string {
    return text
      .replace(/^%.*$/gm, '%')
      .replace(/\\text(backslash|asciitilde|asciicircum|less|greater)\{\}|\\[&%$#_{}]/g, '')
      .replace(/[^\\&%$#{}^~\n]/g, '');
  }
});

describe('jsonOf', () => {
  it('is the evaluation, a value a query too', () => {
    const evaluation = smallEvaluation('</script>');
    expect(JSON.parse(jsonOf(evaluation))).toEqual(JSON.parse(JSON.stringify(evaluation)));
    expect(JSON.parse(jsonOf(evaluation))).toMatchObject({
      systems: [{ values: { mrr: [0.5, 0] } }, { name: 'after' }],
    });
  });
});
