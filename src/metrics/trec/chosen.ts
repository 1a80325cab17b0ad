import { refuse } from '../../core/check.ts';
import type { Columns, Measure } from './measure.ts';
import type { Definitions } from './definitions.ts';
import { MEASURES, NICKNAMES } from './measures.ts';

/** A measure with its parameters. */
export interface Chosen extends Columns {
  readonly measure: Measure;
}

/**
 * What some -m of trec_eval choose, in its order: `map`, `P.5,10`, or a name for several, such as `all_trec`.
 *
 * Each as another system defines it, where that has another definition.
 *
 * @throws RangeError if a name or a parameter is none, or if a measure is given parameters twice, where trec_eval would pass
 *   over the second
 */
export function chosen(names: readonly string[], definitions?: Definitions): readonly Chosen[] {
  const measures = MEASURES.map(
    (measure) => definitions?.measures.find(({ name }) => name === measure.name) ?? measure,
  );
  const more = definitions?.more ?? [];
  const all = [...measures, ...more];
  const wanted = new Map<string, string | undefined>();
  for (const given of names) {
    const point = given.indexOf('.');
    const name = point < 0 ? given : given.slice(0, point);
    const parameters = point < 0 ? undefined : given.slice(point + 1);
    const several = NICKNAMES.get(name);
    if (several !== undefined) {
      if (parameters !== undefined) refuse(`-m ${name}`, 'must have no parameters', parameters);
      const added = name === 'all_trec' ? more.map((measure) => measure.name) : [];
      for (const one of [...several, ...added]) if (!wanted.has(one)) wanted.set(one, undefined);
      continue;
    }
    if (!all.some((measure) => measure.name === name)) {
      const known = [...NICKNAMES.keys(), ...all.map((measure) => measure.name)];
      refuse('-m', `must be one of ${known.join(', ')}`, given);
    }
    const before = wanted.get(name);
    if (before !== undefined && parameters !== undefined) {
      refuse(
        `-m ${name}`,
        'must have its parameters in one, with commas between',
        `${before} and ${parameters}`,
      );
    }
    wanted.set(name, parameters ?? before);
  }
  return all
    .filter(({ name }) => wanted.has(name))
    .map((measure) => ({
      measure,
      ...measure.columns(wanted.get(measure.name)),
    }));
}
