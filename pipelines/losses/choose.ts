import { createInterface } from 'node:readline/promises';
import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../../src/core/check.ts';
import { Interrupted } from '../interrupted.ts';
import { type Advice, GOALS, GUIDE, type Question, QUESTIONS, SUPERVISION, USUAL_GOAL } from './guide.ts';
import { call } from './page.ts';

const yesOrNo = (question: Question) => ({ type: 'boolean', describe: QUESTIONS[question] }) as const;
const howMany = (question: Question) =>
  ({ type: 'number', describe: QUESTIONS[question], requiresArg: true }) as const;

export const CHOOSE_OPTIONS = {
  supervision: {
    type: 'string',
    choices: Object.keys(SUPERVISION),
    describe: QUESTIONS.supervision,
    requiresArg: true,
  },
  goal: { type: 'string', choices: Object.keys(GOALS), describe: QUESTIONS.goal, requiresArg: true },
  graded: yesOrNo('graded'),
  outliers: yesOrNo('outliers'),
  imbalanced: yesOrNo('imbalanced'),
  'large-model': yesOrNo('large-model'),
  classes: howMany('classes'),
  batch: howMany('batch'),
  json: { type: 'boolean', describe: 'print one JSON object on one line', default: false },
} as const;

type Answer = string | number | boolean;

/** What was said, or taken for granted where nobody could be asked. */
export type Answers = Map<Question, Answer>;

/** Asks until there is an answer that is one of `choices`, a number or yes or no. */
export type Ask = (
  question: Question,
  kind: 'number' | 'boolean' | readonly (readonly [string, string])[],
) => Promise<Answer>;

export interface Choice {
  readonly advice: Advice;
  readonly answers: Answers;
  readonly assumed: readonly Question[];
}

/** All questions, in the order they are asked. */
export const NAMES = [
  'supervision',
  'goal',
  'graded',
  'outliers',
  'imbalanced',
  'large-model',
  'classes',
  'batch',
] as const;

/**
 * The first advice that the answers meet; what it takes to tell is asked for, and without `ask` yes-or-no questions are
 * answered no.
 *
 * @throws RangeError if an answer that is needed is missing, has no bearing or is none that may be given
 */
export async function chosen(given: Answers, ask?: Ask): Promise<Choice> {
  const answers = new Map(given);
  const assumed: Question[] = [];
  for (const question of ['classes', 'batch'] as const) {
    const answer = answers.get(question);
    if (typeof answer === 'number') checkWhole('losses choose', `--${question}`, answer, 1);
  }

  if (!answers.has('supervision')) {
    if (ask === undefined) return unanswered('supervision');
    answers.set('supervision', await ask('supervision', Object.entries(SUPERVISION)));
  }
  const supervision = answers.get('supervision');
  const open = GUIDE.filter(({ where }) => where.supervision === supervision);
  if (open.length === 0) {
    refuse('losses choose', `--supervision must be ${Object.keys(SUPERVISION).join(' or ')}`, supervision);
  }
  const goals = Object.entries(GOALS).filter(([goal]) => open.some(({ where }) => where.goal === goal));
  if (answers.has('goal') && !goals.some(([goal]) => goal === answers.get('goal'))) {
    const must = goals.map(([goal]) => goal).join(' or ') || 'left out';
    refuse(
      'losses choose',
      `--goal must be ${must} where --supervision is ${supervision}`,
      answers.get('goal'),
    );
  }

  let found: Advice | undefined;
  for (const advice of open) {
    let met = true;
    for (const question of NAMES) {
      const wanted = advice.where[question];
      if (wanted === undefined) continue;
      if (!answers.has(question)) {
        if (ask !== undefined) {
          const kind = typeof wanted === 'string' ? goals : typeof wanted === 'number' ? 'number' : 'boolean';
          answers.set(question, await ask(question, kind));
        } else {
          const usual = typeof wanted === 'boolean' ? false : usualGoal(question, supervision);
          if (usual === undefined) return unanswered(question);
          answers.set(question, usual);
          assumed.push(question);
        }
      }
      met = meets(answers.get(question), wanted);
      if (!met) break;
    }
    if (met) {
      found = advice;
      break;
    }
  }
  if (found === undefined) return unanswered('goal');
  const bearing = open.filter(({ where }) => where.goal === undefined || where.goal === found.where.goal);
  for (const question of given.keys()) {
    const bears = bearing.some(
      ({ where, logOf }) => where[question] !== undefined || logOf?.question === question,
    );
    if (bears) continue;
    const goal = found.where.goal === undefined ? '' : ` and --goal ${found.where.goal}`;
    refuse(
      'losses choose',
      `--${question} must be left out where --supervision is ${supervision}${goal}`,
      given.get(question),
    );
  }
  return { advice: found, answers, assumed };
}

/** Helps to choose a loss, by flags or by what it asks on a terminal. */
export async function choose(options: InferredOptionTypes<typeof CHOOSE_OPTIONS>): Promise<void> {
  const given: Answers = new Map();
  for (const question of NAMES) {
    const answer = options[question];
    if (answer !== undefined) given.set(question, answer);
  }
  const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const choice = terminal ? await asking((ask) => chosen(given, ask)) : await chosen(given);
  console.log(options.json ? JSON.stringify(plain(choice)) : sentences(choice));
}

function meets(answer: Answer | undefined, wanted: Answer): boolean {
  return typeof wanted === 'number' ? Number(answer) >= wanted : answer === wanted;
}

function usualGoal(question: Question, supervision: Answer | undefined): Answer | undefined {
  if (question !== 'goal') return undefined;
  return Object.entries(USUAL_GOAL).find(([name]) => name === supervision)?.[1];
}

function unanswered(question: Question): never {
  refuse('losses choose', `--${question} must be given where there is no terminal to ask on`, 'none');
}

function reckoned({ advice: { logOf }, answers }: Choice) {
  const of = logOf === undefined ? undefined : answers.get(logOf.question);
  if (logOf === undefined || typeof of !== 'number') return undefined;
  return { of: logOf.question, log: Math.log(of), says: logOf.says };
}

function plain(choice: Choice) {
  const { where: _, make: __, logOf: ___, ...advice } = choice.advice;
  const log = reckoned(choice);
  return { ...advice, log, answers: Object.fromEntries(choice.answers), assumed: choice.assumed };
}

function sentences(choice: Choice): string {
  const { advice, answers, assumed } = choice;
  const log = reckoned(choice);
  const taken = [...answers].map(
    ([question, answer]) => `${question} ${said(answer)}${assumed.includes(question) ? ' (assumed)' : ''}`,
  );
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['why', advice.why],
    ['watch', advice.watch],
    ['behind it', advice.behind],
    ['instead', advice.instead],
    ['number', log && `log ${answers.get(log.of)} = ${log.log.toFixed(3)}: ${log.says}`],
    ['asked', taken.join(', ')],
  ];
  const told = lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(11)}${text}`]));
  return [call(advice), '', ...told].join('\n');
}

function said(answer: Answer): string {
  if (typeof answer === 'boolean') return answer ? 'yes' : 'no';
  return `${answer}`;
}

/** Questions go to stderr, so that stdout has nothing but the answer. */
async function asking(work: (ask: Ask) => Promise<Choice>): Promise<Choice> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const stop = new AbortController();
  lines.on('close', () => stop.abort());
  try {
    return await work(async (question, kind) => {
      const choices = Array.isArray(kind) ? kind.map(([name, says]) => `\n  ${name}: ${says}`).join('') : '';
      const hint = kind === 'number' ? ' (a number)' : kind === 'boolean' ? ' (yes or no)' : choices;
      for (;;) {
        const text = await lines.question(`${question}: ${QUESTIONS[question]}${hint}\n> `, stop);
        const answer = read(text.trim(), kind);
        if (answer !== undefined) return answer;
      }
    });
  } catch (error) {
    // Ctrl-C and the end of the input close it
    throw stop.signal.aborted ? new Interrupted() : error;
  } finally {
    lines.close();
  }
}

/** An answer from its text; undefined where it is none. */
export function read(text: string, kind: Parameters<Ask>[1]): Answer | undefined {
  if (kind === 'number') return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  if (kind === 'boolean') return /^y(es)?$/i.test(text) ? true : /^no?$/i.test(text) ? false : undefined;
  return kind.find(([name]) => name === text)?.[0];
}
