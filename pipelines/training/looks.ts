import { refuse } from '../../src/core/check.ts';

/** What was seen of what is held out, after so many steps. */
export interface Look {
  readonly step: number;
  readonly value: number;
}

/** The first of the highest, if there is any. */
export function bestOf(looks: readonly Look[]): Look | undefined {
  return looks.reduce<Look | undefined>(
    (best, look) => (best === undefined || look.value > best.value ? look : best),
    undefined,
  );
}

/** How many looks came after the best. */
export function sinceBest(looks: readonly Look[]): number {
  const best = bestOf(looks);
  return best === undefined ? 0 : looks.length - 1 - looks.indexOf(best);
}

/** Looks as they were written down. */
export function looksFrom(where: string, stored: unknown): readonly Look[] {
  const wrong = (): never => refuse(where, 'must have looks of a step and a value', JSON.stringify(stored));
  if (!Array.isArray(stored)) return wrong();
  return stored.map((look: unknown) => {
    const { step, value }: { step?: unknown; value?: unknown } =
      typeof look === 'object' && look !== null ? look : {};
    return typeof step === 'number' && typeof value === 'number' ? { step, value } : wrong();
  });
}
