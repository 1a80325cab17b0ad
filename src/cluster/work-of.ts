import { embedWork } from './embed-work.ts';
import type { Plan } from './plan.ts';
import { scoreWork } from './score-work.ts';
import { searchWork } from './search-work.ts';
import type { Work } from './work.ts';

/** How tasks of a job are done, whose files are in a folder. */
export function workOf(plan: Plan, folder: string): Work {
  if (plan.kind === 'search') return searchWork(plan, folder);
  return plan.kind === 'embed' ? embedWork(plan) : scoreWork(plan);
}
