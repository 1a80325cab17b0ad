import { checkOneOf } from '../core/check.ts';
import type { Matrix } from '../core/matrix.ts';
import { named, type Parameters } from '../core/parameters.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * Several optimizers, each with parameters of its own: `grouped({ tables: sparseAdam(), rest: adamW() }, (name) => name === 'table' ?
 * 'tables' : 'rest')`. The state of each is named after its group, `tables.table.mean`.
 *
 * @throws RangeError at a step, if a parameter's group has no optimizer; at `restore`, if a group is unknown
 */
export function grouped(
  optimizers: Readonly<Record<string, Optimizer>>,
  groupOf: (name: string) => string,
): Optimizer {
  const checkKnown = (where: string, group: string): void =>
    checkOneOf(where, 'a group', group, Object.keys(optimizers));
  return {
    get state() {
      return Object.assign(
        {},
        ...Object.entries(optimizers).map(([group, { state }]) => named(group, state)),
      );
    },
    restore(state) {
      const parts = parted(state, (name) => {
        const dot = name.indexOf('.');
        return [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
      });
      for (const group of parts.keys()) checkKnown('grouped.restore', group);
      for (const [group, optimizer] of Object.entries(optimizers))
        optimizer.restore(Object.fromEntries(parts.get(group) ?? []));
    },
    step(parameters, gradients) {
      const parts = parted(parameters, (name) => [groupOf(name), name]);
      for (const group of parts.keys()) checkKnown('grouped.step', group);
      for (const [group, part] of parts) optimizers[group].step(Object.fromEntries(part), gradients);
    },
  };
}

/** By group the names there, and what goes by them. */
function parted(
  all: Parameters,
  placeOf: (name: string) => readonly [group: string, name: string],
): Map<string, [string, Matrix][]> {
  const parts = new Map<string, [string, Matrix][]>();
  for (const [name, matrix] of Object.entries(all)) {
    const [group, own] = placeOf(name);
    parts.set(group, [...(parts.get(group) ?? []), [own, matrix]]);
  }
  return parts;
}
