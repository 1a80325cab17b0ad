import { expect } from 'vitest';

/** Expects counts that independent draws of these chances give: none five standard deviations from its share. */
export function expectDrawn(counts: readonly number[], chances: readonly number[]): void {
  const draws = counts.reduce((sum, count) => sum + count, 0);
  const whole = chances.reduce((sum, chance) => sum + chance, 0);
  counts.forEach((count, e) => {
    const chance = chances[e] / whole;
    const deviation = Math.sqrt(draws * chance * (1 - chance));
    expect(
      Math.abs(count - draws * chance),
      `of ${draws} draws, count ${count} of chance ${chance}: error`,
    ).toBeLessThanOrEqual(5 * deviation);
  });
}

/** How often each of some numbers is there. */
export function countsOf(found: Iterable<number>, numbers: readonly number[]): number[] {
  const counts = new Map(numbers.map((number) => [number, 0]));
  for (const number of found) counts.set(number, (counts.get(number) ?? NaN) + 1);
  return [...counts.values()];
}
