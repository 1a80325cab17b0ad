import { existsSync } from 'node:fs';
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DARK, LIGHT } from '../../../pipelines/reporting/chart-style.ts';
import { PAPERS } from '../../../pipelines/reporting/page-style.ts';
import { nearmiss } from '../command.ts';
import { hostileFolder } from './hostile-folder.ts';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

const CHARTS = [
  'figures',
  'before-after',
  'ranks',
  'changes',
  'slice-1',
  'slice-2',
  'scores-1',
  'scores-2',
  'reliability-1',
  'reliability-2',
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearmiss-report-'));
});

async function written(name: string, ...words: readonly string[]): Promise<string> {
  const path = join(folder, name);
  const { code, stderr } = await nearmiss('evaluate', ...words, '--report', path);
  // of what takes long there is word; of a chart that is not drawn as it was described there must be none
  expect(stderr).not.toContain('WARN');
  expect(code, stderr).toBe(0);
  return path;
}

/** The page of the sample, and that of a folder of hostile texts, each written once. */
const pages = new Map<string, Promise<string>>();
function pageOf(data: 'sample' | 'hostile'): Promise<string> {
  const known = pages.get(data);
  if (known !== undefined) return known;
  const page =
    data === 'sample'
      ? written('sample.html')
      : hostileFolder().then((path) => written('hostile.html', '--data', path));
  pages.set(data, page);
  return page;
}

describe('a page', () => {
  it('has no script, no handler and no address that could be fetched, whatever the texts say', async () => {
    const page = await readFile(await pageOf('hostile'), 'utf8');
    const tags = page.match(/<[^>]*>/g) ?? [];
    expect(tags.length).toBeGreaterThan(500);
    expect(tags.filter((tag) => /^<(script|img|link|iframe|object|a\b(?! href="#))/i.test(tag))).toEqual([]);
    expect(
      tags.filter((tag) => /\s(on\w+|src|href="(?!#))\s*=/i.test(tag.replace(/="[^"]*"/g, '=""'))),
    ).toEqual([]);
    expect(page).not.toMatch(/url\(|@import/);
    expect(page).toContain('&lt;script&gt;globalThis.hacked = true&lt;/script&gt;');
    for (const svg of page.match(/<svg.*?<\/svg>/gs) ?? []) expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is no larger for texts of a megabyte', async () => {
    const { size } = await stat(await pageOf('hostile'));
    expect(size).toBeLessThan(400_000);
  });

  it('has text that can be read on its paper, in the light and in the dark', () => {
    for (const [inks, papers] of [
      [LIGHT, PAPERS.light],
      [DARK, PAPERS.dark],
    ] as const) {
      for (const [ink, color] of Object.entries(inks)) {
        if (ink === 'grid') continue;
        for (const paper of papers) expect(contrast(color, paper), `${ink} on ${paper}`).toBeGreaterThan(4.5);
      }
    }
  });
});

/** WCAG 2.1: of relative luminances. */
function contrast(one: string, other: string): number {
  const [a, b] = [one, other].map(luminance).sort((a, b) => b - a);
  return (a + 0.05) / (b + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe.skipIf(browserPath === undefined)(
  'a page in a browser (skipped where there is no chromium: apt-get install chromium)',
  () => {
    let browser: Browser;
    let hostile = '';
    beforeAll(async () => {
      // without a sandbox: it cannot be had as root
      browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
      hostile = await pageOf('hostile');
    });
    afterAll(() => browser.close());

    /** Opens a page, and says what it asked for and complained of. */
    async function opened(path: string, width: number, colorScheme: 'light' | 'dark' = 'light') {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const [requests, complaints]: [string[], string[]] = [[], []];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(pathToFileURL(path).href, { waitUntil: 'networkidle' });
      return { page, requests, complaints };
    }

    it.each([390, 1280])(
      'asks for nothing, complains of nothing and fits in %i pixels',
      async (width) => {
        const sample = await pageOf('sample');
        for (const path of [sample, hostile]) {
          const { page, requests, complaints } = await opened(path, width);
          expect(requests).toEqual([pathToFileURL(path).href]);
          expect(complaints).toEqual([]);
          expect(
            await page.evaluate('[document.documentElement.scrollWidth, "hacked" in globalThis]'),
          ).toEqual([width, false]);
          expect(await page.locator('svg').evaluateAll((svgs) => svgs.map(({ id }) => id))).toEqual(CHARTS);
          for (const id of CHARTS) await expectChart(page, id);
          await page.close();
        }
      },
      240_000,
    );

    async function expectChart(page: Page, id: string): Promise<void> {
      const chart = page.locator(`#${id}`);
      const box = await chart.boundingBox();
      expect(box?.width, id).toBeGreaterThan(280);
      expect(box?.height, id).toBeGreaterThan(90);
      expect(await chart.locator('.role-mark path, .role-mark line').count(), id).toBeGreaterThan(3);
      for (const part of ['title', 'description'])
        expect(await page.locator(`#${id}-${part}`).textContent(), id).not.toBe('');
      const texts = await chart
        .locator('text')
        .evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().height));
      expect(Math.min(...texts.filter((height) => height > 0)), id).toBeGreaterThan(9);
    }

    it('tells a reader of the screen what is a heading of a table, and what a chart shows', async () => {
      const { page } = await opened(hostile, 1280);
      expect(await page.evaluate('document.documentElement.lang')).toBe('en');
      expect(await page.locator('table').count()).toBeGreaterThan(5);
      expect(
        await page
          .locator(
            'table:not(:has(thead th[scope=col])), tbody tr:not(:has(th[scope=row])), table:not(:has(caption))',
          )
          .count(),
      ).toBe(0);
      expect(await page.getByRole('img').count()).toBe(CHARTS.length);
      expect(await page.getByRole('img', { name: 'Rank of the first relevant document' }).count()).toBe(1);
      await page.close();
    });

    it('is dark where dark is preferred, charts too', async () => {
      for (const [scheme, inks] of [
        ['light', LIGHT],
        ['dark', DARK],
      ] as const) {
        const { page } = await opened(hostile, 1280, scheme);
        const fill = await page.evaluate(
          `getComputedStyle(document.querySelector('#figures .role-axis-label text')).fill`,
        );
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(inks.faint.slice(at, at + 2), 16));
        expect(fill).toBe(`rgb(${r}, ${g}, ${b})`);
        await page.close();
      }
    });

    it('prints what is folded away on the screen', async () => {
      const { page } = await opened(hostile, 1280);
      const folded = page.locator('details:not([open]) table').first();
      expect(await folded.isVisible()).toBe(false);
      await page.emulateMedia({ media: 'print' });
      expect(await folded.isVisible()).toBe(true);
      await page.close();
    });
  },
);
