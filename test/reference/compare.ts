import type { Answer } from './answer.ts';
import type { GradientExpected, ReferenceCase, Tolerance } from './case.ts';

export interface Comparison {
  /** one sentence each: what was expected and what came */
  readonly failures: readonly string[];
  /** where the source has no number and ours has one by definition */
  readonly notes: readonly string[];
}

/** Value, terms and every gradient of an answer against those of a case. */
export function compare({ expected, reduction }: ReferenceCase, answer: Answer): Comparison {
  if (expected.value.some(Number.isNaN)) return withoutNumber(answer);
  const failures: string[] = [];
  const terms = answer.terms === undefined ? undefined : Float64Array.from(answer.terms);
  if (reduction === 'none' || expected.value.length !== 1) {
    failures.push(...listed('terms', expected.value, terms ?? [], expected.valueTolerance));
  } else {
    failures.push(...listed('value', expected.value, [answer.value ?? NaN], expected.valueTolerance));
    if (expected.terms !== undefined && terms !== undefined) {
      failures.push(...listed('terms', expected.terms, terms, expected.valueTolerance));
    }
  }
  for (const [name, gradient] of expected.gradients) {
    failures.push(...gradientFailures(name, gradient, flatGradient(answer, name)));
  }
  return { failures, notes: [] };
}

/** A loss with nothing to learn from is 0, without slope and without an active term. */
function withoutNumber({ value, active, gradients }: Answer): Comparison {
  const failures: string[] = [];
  if (value !== 0 || active !== 0) {
    failures.push(`value and active: expected 0 and 0 where the source has NaN, got ${value} and ${active}`);
  }
  for (const name of Object.keys(gradients)) {
    const found = flatGradient({ gradients }, name) ?? [];
    const first = Array.from(found).find((slope) => slope !== 0);
    if (first !== undefined) failures.push(`gradient of ${name}: expected zeros, got ${first}`);
  }
  return { failures, notes: ['the source gives NaN; ours is value 0, gradient 0, active 0'] };
}

function flatGradient({ gradients }: Pick<Answer, 'gradients'>, name: string): ArrayLike<number> | undefined {
  const found = gradients[name];
  if (found === undefined) return undefined;
  if (typeof found === 'number') return [found];
  return 'data' in found ? found.data : found;
}

function gradientFailures(
  name: string,
  due: GradientExpected,
  found: ArrayLike<number> | undefined,
): string[] {
  const what = `gradient of ${name}`;
  if (found === undefined) return [`${what}: expected ${due.size} numbers, got none`];
  if (found.length !== due.size) return [`${what}: expected ${due.size} numbers, got ${found.length}`];
  const failures: string[] = [];
  for (const [index, value] of due.entries) {
    if (due.without.has(index)) {
      if (!Number.isFinite(found[index]))
        failures.push(`${what} at ${index}: expected a finite number, got ${found[index]}`);
    } else {
      failures.push(...outside(`${what} at ${index}`, value, found[index], due.tolerance));
    }
  }
  if (due.summary !== undefined) {
    // of a sum of many numbers the errors add up as their sizes do
    const total = (part: (slope: number) => number): number =>
      Array.from(found).reduce((sum, g) => sum + part(g), 0);
    const tolerance = { rtol: Math.max(due.tolerance.rtol, 1e-5), atol: 0 };
    failures.push(
      ...outside(`${what}, length`, due.summary.l2norm, Math.sqrt(total((g) => g * g)), tolerance),
    );
    failures.push(...outside(`${what}, sum of sizes`, due.summary.abssum, total(Math.abs), tolerance));
  }
  return failures.slice(0, 3);
}

function listed(
  what: string,
  due: readonly number[],
  found: ArrayLike<number>,
  tolerance: Tolerance,
): string[] {
  if (found.length !== due.length) return [`${what}: expected ${due.length} numbers, got ${found.length}`];
  const failures = due.flatMap((value, e) =>
    outside(due.length === 1 ? what : `${what} at ${e}`, value, found[e], tolerance),
  );
  return failures.slice(0, 3);
}

export function outside(what: string, due: number, found: number, { rtol, atol }: Tolerance): string[] {
  const within = due === found || Math.abs(found - due) <= atol + rtol * Math.abs(due);
  return within ? [] : [`${what}: expected ${due}, got ${found}`];
}
