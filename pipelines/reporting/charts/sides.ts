import { LIGHT } from '../chart-style.ts';

/** What became of a query, and its color. */
export const SIDES = {
  field: 'side',
  scale: { domain: ['better', 'same', 'worse'], range: [LIGHT.after, LIGHT.random, LIGHT.before] },
};

export function sideOf(change: number): 'better' | 'same' | 'worse' {
  if (change === 0) return 'same';
  return change > 0 ? 'better' : 'worse';
}
