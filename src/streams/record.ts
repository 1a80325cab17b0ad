import { concatMap, from, map, type MonoTypeOperatorFunction } from 'rxjs';
import type { ScalarLog } from '../formats/scalar-log.ts';

/** Writes each record to a log, and passes it on once it is written. */
export function record<Reading extends { readonly step: number }>(
  log: Pick<ScalarLog, 'write'>,
): MonoTypeOperatorFunction<Reading> {
  return concatMap((reading) => {
    const { step, ...scalars } = reading;
    const numbers = Object.entries(scalars).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    return from(log.write(step, Object.fromEntries(numbers))).pipe(map(() => reading));
  });
}
