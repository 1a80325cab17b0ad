import type { MeasuredAnswer, Measures } from './answer.ts';
import type { ReferenceCase, Tolerance } from './case.ts';
import { outside, type Comparison } from './compare.ts';

/** Every number that the source has under a name, against ours under the same; where it is not defined there, ours must not be either. */
export function compareMeasures(
  { measured: { values, tolerance } }: ReferenceCase,
  { measures }: MeasuredAnswer,
): Comparison {
  const found = new Map(flattened(measures));
  const failures = [...values].flatMap(([name, due]) =>
    differences(name, due, found.get(name) ?? [], tolerance),
  );
  return { failures: failures.slice(0, 3), notes: [] };
}

function differences(
  name: string,
  due: readonly number[],
  found: ArrayLike<number>,
  tolerance: Tolerance,
): string[] {
  if (found.length !== due.length) return [`${name}: expected ${due.length} numbers, got ${found.length}`];
  return due.flatMap((value, e) =>
    Number.isNaN(value) && Number.isNaN(found[e])
      ? []
      : outside(due.length === 1 ? name : `${name} at ${e}`, value, found[e], tolerance),
  );
}

/** Names within names joined by dots. */
function flattened(measures: Measures, path = ''): [path: string, numbers: ArrayLike<number>][] {
  return Object.entries(measures).flatMap(([name, value]) => {
    const whole = path === '' ? name : `${path}.${name}`;
    if (typeof value === 'number') return [[whole, [value]]];
    return isList(value) ? [[whole, value]] : flattened(value, whole);
  });
}

function isList(value: ArrayLike<number> | Measures): value is ArrayLike<number> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}
