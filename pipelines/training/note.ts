import type { JobOptions } from './options.ts';
import type { Ran } from './run-job.ts';

/** `144 steps of 512 pairs, kept as they were after 108 (nDCG@10 of dev 0.2101)` */
export function noteOf(
  { steps, best }: Ran,
  { batch }: JobOptions,
  items: 'pairs' | 'rows',
  dev: string | undefined,
): string {
  const kept = best && dev && `, kept as they were after ${best.step} (${dev} ${best.value.toFixed(4)})`;
  return `${steps} steps of ${batch} ${items}${kept ?? ''}`;
}
