import { refuse } from '../src/core/check.ts';
import { COMPUTED, ELSEWHERE, TIES } from '../src/metrics/trec/elsewhere.ts';
import { MEASURES } from '../src/metrics/trec/measures.ts';

/** Prints what each measure is, or one of them, and who defines it otherwise. */
export function metrics({ name }: { readonly name?: string }): void {
  const asked = MEASURES.filter((measure) => name === undefined || measure.name === name);
  if (asked.length === 0) {
    refuse('metrics', `the name must be one of ${MEASURES.map((measure) => measure.name).join(', ')}`, name);
  }
  const said = asked.flatMap((measure) => [
    `${measure.name}: ${measure.definition}`,
    ...lines(ELSEWHERE.get(measure.name) ?? {}),
  ]);
  console.log([...said, 'ties:', ...lines(TIES), '--compat computes:', ...lines(COMPUTED)].join('\n'));
}

function lines(elsewhere: Readonly<Record<string, string>>): string[] {
  return Object.entries(elsewhere).map(([system, says]) => `    ${system}: ${says}`);
}
