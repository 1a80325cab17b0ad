import type { InferredOptionTypes } from 'yargs';
import { checkWhole, refuse } from '../../src/core/check.ts';
import { type Answer, type AnswerKind, type Ask, asking, mustBe, said } from './asking.ts';
import { type Advice, GOALS, GUIDE, type Question, QUESTIONS, SUPERVISION, USUAL_GOAL } from './guide.ts';
import { call } from './page.ts';
import { wrapped } from './wrapped.ts';

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

/** What was said, or taken for granted where nobody could be asked. */
export type Answers = Map<Question, Answer>;

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
 * The first advice that the answers meet; what it takes to tell is asked for, and without `ask` the usual is taken for granted.
 *
 * @throws RangeError if an answer that is needed is missing, has no bearing or is none that may be given
 */
export async function chosen(given: Answers, ask?: Ask): Promise<Choice> {
  const answers = new Map(given);
  const assumed: Question[] = [];
  const answerTo = async (question: Question, kind: AnswerKind, usual?: Answer): Promise<Answer> => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer =
      ask === undefined ? (usual ?? unanswered(question, kind)) : await ask(question, kind, usual);
    if (ask === undefined) assumed.push(question);
    answers.set(question, answer);
    return answer;
  };
  for (const question of ['classes', 'batch'] as const) {
    const answer = answers.get(question);
    if (typeof answer === 'number') checkWhole('losses choose', `--${question}`, answer, 1);
  }

  const supervision = await answerTo('supervision', Object.entries(SUPERVISION));
  const open = GUIDE.filter(({ where }) => where.supervision === supervision);
  const goals = Object.entries(GOALS).filter(([goal]) => open.some(({ where }) => where.goal === goal));
  checkGoal(supervision, goals, answers.get('goal'));
  const meets = async ({ where }: Advice): Promise<boolean> => {
    for (const question of NAMES) {
      const wanted = where[question];
      if (wanted === undefined) continue;
      const kind = typeof wanted === 'string' ? goals : typeof wanted === 'number' ? 'number' : 'boolean';
      const answer = await answerTo(question, kind, usualTo(question, kind, supervision));
      if (typeof wanted === 'number' ? Number(answer) < wanted : answer !== wanted) return false;
    }
    return true;
  };
  for (const advice of open) {
    if (!(await meets(advice))) continue;
    checkBearing(given, open, advice);
    return { advice, answers, assumed };
  }
  return unanswered('goal', goals);
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

function usualTo(question: Question, kind: AnswerKind, supervision: Answer): Answer | undefined {
  if (kind === 'boolean') return false;
  if (question !== 'goal') return undefined;
  return Object.entries(USUAL_GOAL).find(([name]) => name === supervision)?.[1];
}

function checkGoal(
  supervision: Answer,
  goals: readonly (readonly [string, string])[],
  goal: Answer | undefined,
): void {
  if (goal === undefined || goals.some(([name]) => name === goal)) return;
  const must = goals.length === 0 ? 'left out' : mustBe(goals);
  refuse('losses choose', `--goal must be ${must} where --supervision is ${supervision}`, goal);
}

/** Refuses what was given though no advice of this supervision and goal asks for it. */
function checkBearing(
  given: Answers,
  open: readonly Advice[],
  { where: { supervision, goal } }: Advice,
): void {
  const bearing = open.filter(({ where }) => where.goal === undefined || where.goal === goal);
  for (const [question, answer] of given) {
    if (bearing.some(({ where, logOf }) => where[question] !== undefined || logOf?.question === question))
      continue;
    const and = goal === undefined ? '' : ` and --goal ${goal}`;
    refuse(
      'losses choose',
      `--${question} must be left out where --supervision is ${supervision}${and}`,
      answer,
    );
  }
}

function unanswered(question: Question, kind: AnswerKind): never {
  refuse(
    'losses choose',
    `--${question} must be ${mustBe(kind)} where there is no terminal to ask on`,
    'none',
  );
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
    ['source', advice.source],
    ['number', log && `log ${answers.get(log.of)} = ${log.log.toFixed(3)}: ${log.says}`],
    ['answers', taken.join(', ')],
  ];
  const told = lines.flatMap(([name, text]) =>
    text === undefined ? [] : [wrapped(text, name.padEnd(11), ' '.repeat(11))],
  );
  return [call(advice), '', ...told].join('\n');
}
