import { describe, expect, it } from 'vitest';
import { chosen } from '../../pipelines/losses/choose.ts';
import { type Advice, GUIDE } from '../../pipelines/losses/guide.ts';
import { call } from '../../pipelines/losses/page.ts';
import { asker } from './asker.ts';
import { nearmiss } from './command.ts';
import { hasTerminals, onTerminal, type Step } from './terminal.ts';

const CHOOSE = ['losses', 'choose'];
/** The first for each kind of data; choose.test.ts comes to all of them without a terminal. */
const TYPED = [...new Map(GUIDE.toReversed().map((advice) => [advice.where.supervision, advice])).values()];
const [CTRL_C, CTRL_D] = ['\x03', '\x04'];

/** What somebody types for whom the advice is meant, a line an answer. */
async function typed(advice: Advice): Promise<string> {
  const lines: string[] = [];
  await chosen(new Map(), async (question, kind) => {
    const answer = await asker(advice)(question, kind);
    lines.push(typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : `${answer}`);
    return answer;
  });
  return lines.map((line) => `${line}\r`).join('');
}

describe.skipIf(!hasTerminals)(
  'losses choose on a terminal (skipped where no python3 has the module pty, of Python 3.9 or later)',
  () => {
    it.each(TYPED.map((advice) => [call(advice), JSON.stringify(advice.where), advice] as const))(
      'comes to %s for %s, also typed ahead',
      async (loss, _, advice) => {
        const { code, shown } = await onTerminal(CHOOSE, [['> ', await typed(advice)]]);
        expect(shown.replaceAll(/\s+/g, ' ')).toContain(` ${loss} why ${advice.why} watch `);
        expect(code).toBe(0);
      },
      30_000,
    );

    it('says what an answer must be, asks again, and takes Enter for the usual', async () => {
      const steps: Step[] = [
        ['> ', 'value?\r'],
        [
          "must be values or classes or labels or pairs or triplets or embeddings or scores, got 'value?'",
          '\r',
        ],
        ['scores, got nothing', '1\r'],
        ['Enter for mean', '\r'],
        ['Enter for no', 'perhaps\r'],
        ["outliers must be yes or no, got 'perhaps'", '\r'],
      ];
      const { code, shown } = await onTerminal(CHOOSE, steps);
      expect(shown).toContain('\nmse()\n');
      expect(shown).toMatch(/^answers +supervision values, goal mean, outliers no$/m);
      expect(code).toBe(0);
    }, 30_000);

    it('asks for a number until there is one', async () => {
      const steps: Step[] = [
        ['how many classes', '0\r'],
        ["classes must be a whole number >= 1, got '0'", '5000\r'],
      ];
      const words = [...CHOOSE, '--supervision', 'classes', '--goal', 'embed'];
      expect((await onTerminal(words, steps)).shown).toContain('proxyAnchor(');
    }, 30_000);

    it('does not ask for what flags say', async () => {
      const words = [...CHOOSE, '--supervision', 'values', '--goal', 'mean', '--outliers'];
      const { shown } = await onTerminal(words, []);
      expect(shown).toMatch(/^huber/);
    }, 30_000);

    it('stops at Ctrl-C without a word, and at Ctrl-D with what is missing', async () => {
      const stopped = await onTerminal(CHOOSE, [['> ', CTRL_C]]);
      expect(stopped.code).toBe(130);
      expect(stopped.shown).toMatch(/> \n$/);
      const ended = await onTerminal(CHOOSE, [
        ['> ', 'classes\r'],
        ['goal', CTRL_D],
      ]);
      expect(ended.code).toBe(2);
      expect(ended.shown).toMatch(/> \nlosses choose: goal must be answered, got the end of the input\n$/);
    }, 30_000);
  },
);

describe('losses choose without a terminal', () => {
  it('refuses what it cannot ask, with what the flag may be', async () => {
    expect(await nearmiss(...CHOOSE)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'losses choose: --supervision must be values or classes or labels or pairs or triplets or embeddings or scores where there is no terminal to ask on, got none\n',
    });
  });
});
