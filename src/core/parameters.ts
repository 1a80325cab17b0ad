import type { Matrix } from './matrix.ts';

/** Learned matrices by name; their gradients and moments stand under the same names. */
export type Parameters = Readonly<Record<string, Matrix>>;

/** The same matrices under `prefix.name`: so that several models' can stand in one record. */
export function named(prefix: string, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, m]) => [`${prefix}.${name}`, m]));
}

/** Adds to each matrix of `into` the one of the same name. */
export function accumulate(into: Parameters, from: Parameters): Parameters {
  for (const [name, { data }] of Object.entries(into)) {
    for (let e = 0; e < data.length; e++) data[e] += from[name].data[e];
  }
  return into;
}
