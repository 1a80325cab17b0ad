import type { Figure } from '../retrieval.ts';
import { signedWithInterval } from '../table.ts';
import type { Difference } from './evaluation.ts';

/** What an interval of a difference allows to be said. */
export function verdict({ interval: [low, high] }: Figure): 'better' | 'worse' | 'not significant' {
  if (low > 0) return 'better';
  return high < 0 ? 'worse' : 'not significant';
}

/** `trained against raw: ndcg@10 +0.0418 [+0.0296, +0.0546], better` */
export function saidOf({ after, before, figures }: Difference, measure: string): string {
  const figure = figures[measure];
  return `${after} against ${before}: ${measure} ${signedWithInterval(figure)}, ${verdict(figure)}`;
}

/** `12.3 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
