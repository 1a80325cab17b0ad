import { createInterface } from 'node:readline/promises';
import { refuse } from '../../src/core/check.ts';
import { Interrupted } from '../interrupted.ts';
import { type Question, QUESTIONS } from './guide.ts';

export type Answer = string | number | boolean;

/** What an answer must be: a whole number, yes or no, or one of some names, each with what it means. */
export type AnswerKind = 'number' | 'boolean' | readonly (readonly [name: string, says: string])[];

/** Asks until there is an answer of a kind; an empty one is the usual, where there is one. */
export type Ask = (question: Question, kind: AnswerKind, usual?: Answer) => Promise<Answer>;

/**
 * Lets `work` ask on the terminal. Questions go to stderr, so that stdout has nothing but what comes of the answers.
 *
 * @throws Interrupted on Ctrl-C, RangeError where the input ends before all is answered
 */
export async function asking<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: '> ' });
  // from now on, so that nothing is lost of what is typed ahead
  const typed = lines[Symbol.asyncIterator]();
  let interrupted = false;
  lines.on('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  try {
    return await work(async (question, kind, usual) => {
      say(asked(question, kind, usual));
      for (;;) {
        lines.prompt();
        const line = await typed.next();
        if (line.done === true) {
          // the prompt's line is still open
          say('');
          if (interrupted) throw new Interrupted();
          refuse('losses choose', `${question} must be answered`, 'the end of the input');
        }
        const text = line.value.trim();
        const answer = text === '' ? usual : read(text, kind);
        if (answer !== undefined) return answer;
        say(`${question} must be ${mustBe(kind)}, got ${text === '' ? 'nothing' : `'${text}'`}`);
      }
    });
  } finally {
    lines.close();
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** An answer from what was typed, of names also their beginnings and their places; undefined where it is none. */
export function read(text: string, kind: AnswerKind): Answer | undefined {
  const number = /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  if (kind === 'number') return number;
  const typed = text.toLowerCase();
  const names = kind === 'boolean' ? ['yes', 'no'] : kind.map(([name]) => name);
  const begun = names.filter((name) => name.startsWith(typed));
  const [found] = names.includes(typed) ? [typed] : begun.length === 1 ? begun : [];
  if (kind === 'boolean') return found === undefined ? undefined : found === 'yes';
  return number === undefined ? found : names.at(number - 1);
}

function asked(question: Question, kind: AnswerKind, usual: Answer | undefined): string {
  const enter = usual === undefined ? '' : `; Enter for ${said(usual)}`;
  const head = `${question}: ${QUESTIONS[question]}`;
  if (typeof kind === 'string') return `${head} (${mustBe(kind)}${enter})`;
  const choices = kind.map(([name, says], i) => `\n  ${i + 1} ${name}: ${says}`);
  return `${head} (a name or its number${enter})${choices.join('')}`;
}

/** What an answer must be, in words. */
export function mustBe(kind: AnswerKind): string {
  if (kind === 'number') return 'a whole number >= 1';
  return kind === 'boolean' ? 'yes or no' : kind.map(([name]) => name).join(' or ');
}

/** An answer as it would be typed. */
export function said(answer: Answer): string {
  if (typeof answer === 'boolean') return answer ? 'yes' : 'no';
  return `${answer}`;
}
