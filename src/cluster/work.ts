import type { Plan } from './plan.ts';
import { searchWork, type Work } from './search-work.ts';

/** How tasks of a job are done. */
export function workOf(plan: Plan, folder: string): Work {
  return searchWork(plan, folder);
}
