import type { Evaluation } from './evaluation.ts';

/** All of it, a value a query too: `null` stands where a number is not defined. */
export function jsonOf(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation)}\n`;
}
