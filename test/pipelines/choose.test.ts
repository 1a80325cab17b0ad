import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import * as nearmiss from '../../src/index.ts';
import { read } from '../../pipelines/losses/asking.ts';
import { type Answers, choose, chosen, NAMES } from '../../pipelines/losses/choose.ts';
import { GUIDE, type Question } from '../../pipelines/losses/guide.ts';
import { page } from '../../pipelines/losses/page.ts';
import { asker } from './asker.ts';

const PUBLIC = new Set(Object.keys(nearmiss));

function answers(given: Readonly<Partial<Record<Question, string | number | boolean>>>): Answers {
  const all: Answers = new Map();
  for (const name of NAMES) {
    const answer = given[name];
    if (answer !== undefined) all.set(name, answer);
  }
  return all;
}

describe('the guide to losses', () => {
  it('names losses that there are, with settings that they take', () => {
    for (const advice of GUIDE) {
      expect(PUBLIC, advice.loss).toContain(advice.loss);
      expect(typeof advice.make(), advice.loss).toBe('function');
      const instead = /^(\w+)/.exec(advice.instead ?? '')?.[1];
      if (instead !== undefined) expect(PUBLIC, `instead of ${advice.loss}`).toContain(instead);
    }
  });

  it('comes to every advice, asked', async () => {
    for (const advice of GUIDE) {
      const found = await chosen(new Map(), asker(advice));
      expect(found.advice.loss, JSON.stringify(advice.where)).toBe(advice.loss);
      expect(found.assumed).toEqual([]);
    }
  });

  it('gives the usual advice', async () => {
    const loss = async (given: Parameters<typeof answers>[0]) => (await chosen(answers(given))).advice.loss;
    expect(await loss({ supervision: 'values' })).toBe('mse');
    expect(await loss({ supervision: 'values', outliers: true })).toBe('huber');
    expect(await loss({ supervision: 'values', goal: 'median' })).toBe('mae');
    expect(await loss({ supervision: 'labels' })).toBe('binaryCrossEntropy');
    expect(await loss({ supervision: 'labels', imbalanced: true })).toBe('sigmoidFocal');
    expect(await loss({ supervision: 'classes', goal: 'predict', imbalanced: true })).toBe('softmaxFocal');
    expect(await loss({ supervision: 'classes', goal: 'segment', imbalanced: true })).toBe('dice');
    expect(await loss({ supervision: 'embeddings', batch: 4096 })).toBe('infoNce');
    const large = await chosen(answers({ supervision: 'classes', goal: 'predict', 'large-model': true }));
    expect(large.advice).toMatchObject({ loss: 'crossEntropy', settings: { labelSmoothing: 0.1 } });
    expect(await loss({ supervision: 'classes', goal: 'predict', classes: 10 })).toBe('crossEntropy');
    expect(await loss({ supervision: 'pairs', goal: 'retrieve', batch: 512 })).toBe('infoNce');
    expect(await loss({ supervision: 'triplets' })).toBe('tripletRows');
  });

  it('says what stands behind it', async () => {
    const behind = async (given: Parameters<typeof answers>[0]) =>
      (await chosen(answers(given))).advice.behind;
    expect(await behind({ supervision: 'values' })).toContain('Gaussian likelihood');
    expect(await behind({ supervision: 'values', goal: 'median' })).toContain('Laplace likelihood');
    expect(await behind({ supervision: 'classes', goal: 'predict' })).toMatch(/categorical .* softmax - y/);
    expect(await behind({ supervision: 'classes', goal: 'margin', classes: 2 })).toMatch(
      /margin .* only where/,
    );
    const bound = await behind({ supervision: 'pairs', goal: 'retrieve' });
    for (const said of [
      'multi-class form of the triplet',
      'One-way, unmasked and unmined',
      'never exceeds log N',
    ])
      expect(bound).toContain(said);
    // of a sum of two directions there is no such bound
    expect(await behind({ supervision: 'pairs', goal: 'match', batch: 32768 })).toContain('no bound');
  });

  it('says whose its numbers of rows and classes are', () => {
    for (const { where, source } of GUIDE) {
      expect(source).not.toBe('');
      const number = where.batch ?? where.classes;
      // two classes are what a single score tells apart
      if (number === undefined || number === 3) continue;
      expect(source).toContain(number.toLocaleString('en'));
      expect(source).toMatch(/rule of thumb|of Zhai et al\. 2023/);
    }
  });

  it('takes for granted what nobody was asked, and says so', async () => {
    expect((await chosen(answers({ supervision: 'values' }))).assumed).toEqual(['goal', 'outliers']);
  });

  it('refuses in one sentence what is missing, has no bearing or is none', async () => {
    await expect(chosen(new Map())).rejects.toThrow(
      /^losses choose: --supervision must be values or .* where there is no terminal to ask on, got none$/,
    );
    await expect(chosen(answers({ supervision: 'classes' }))).rejects.toThrow(
      /--goal must be predict or .*none$/,
    );
    await expect(chosen(answers({ supervision: 'values', classes: 3 }))).rejects.toThrow(
      /--classes must be left out where --supervision is values/,
    );
    await expect(chosen(answers({ supervision: 'values', goal: 'segment' }))).rejects.toThrow(
      /--goal must be mean or .*got segment/,
    );
    await expect(chosen(answers({ supervision: 'values', classes: 0.5 }))).rejects.toThrow(
      /--classes must be/,
    );
  });

  it('reads what is typed', () => {
    expect(read('12', 'number')).toBe(12);
    expect(read('-1', 'number')).toBeUndefined();
    expect(read('Y', 'boolean')).toBe(true);
    expect(read('no', 'boolean')).toBe(false);
    expect(read('1', 'boolean')).toBeUndefined();
    const names = [
      ['pair', 'one'],
      ['pairs', 'two'],
      ['other', 'three'],
    ] as const;
    expect(read('Pair', names)).toBe('pair');
    expect(read('pai', names)).toBeUndefined();
    expect(read('o', names)).toBe('other');
    expect(read('2', names)).toBe('pairs');
    expect(read('4', names)).toBeUndefined();
    expect(read('0', names)).toBeUndefined();
  });

  it('prints one JSON object', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await choose({ ...NOTHING, supervision: 'values', outliers: true, json: true });
    const printed: unknown = JSON.parse(String(log.mock.calls[0][0]));
    log.mockRestore();
    expect(printed).toMatchObject({ loss: 'huber', settings: { delta: 1 }, assumed: ['goal'] });
  });

  it('is the page docs/choosing-a-loss.md (written again by npm run docs)', async () => {
    expect(await readFile(new URL('../../docs/choosing-a-loss.md', import.meta.url), 'utf8')).toBe(page());
  });
});

const NOTHING = {
  supervision: undefined,
  goal: undefined,
  graded: undefined,
  outliers: undefined,
  imbalanced: undefined,
  'large-model': undefined,
  classes: undefined,
  batch: undefined,
  json: false,
};
