import { createHash } from 'node:crypto';

/** Tasks that wait or are being worked on: each goes to one worker, and is gone when it is acknowledged. */
export const TASKS = { stream: 'nearmiss_tasks', subjects: 'nearmiss.task.>' } as const;
/** What became of tasks, by job: the last word of each. */
export const OUTCOMES = { stream: 'nearmiss_outcomes', subjects: 'nearmiss.outcome.>' } as const;
/** Tasks that were given up, with the reason. */
export const DEAD = { stream: 'nearmiss_dead', subjects: 'nearmiss.dead.>' } as const;
/** Jobs say that they run, and workers answer. */
export const CALLS = 'nearmiss.call';

/** A task of a job: which input, and which part of what it is set against. */
export interface TaskKey {
  readonly job: string;
  readonly input: string;
  readonly part: number;
}

/** Tasks are told apart by the build they are for, so that no worker of another is given one. */
export function tasksOf(build: string, job = '>'): string {
  return `nearmiss.task.${token(build)}.${job === '>' ? '>' : `${job}.>`}`;
}

export function taskSubject(build: string, { job, input, part }: TaskKey): string {
  return `nearmiss.task.${token(build)}.${job}.${input}.${part}`;
}

export function outcomesOf(job: string): string {
  return `nearmiss.outcome.${job}.>`;
}

export function outcomeSubject({ job, input, part }: TaskKey): string {
  return `nearmiss.outcome.${job}.${input}.${part}`;
}

export function deadSubject({ job, input, part }: TaskKey): string {
  return `nearmiss.dead.${job}.${input}.${part}`;
}

/** The consumer that all workers of a build share. */
export function consumerOf(build: string): string {
  return `workers-${token(build)}`;
}

/** A build as a part of a subject. */
function token(build: string): string {
  return createHash('sha256').update(build).digest('hex').slice(0, 12);
}
