import { refuse } from '../../src/core/check.ts';
import { cosine } from '../../src/distances/cosine.ts';
import type { Distance } from '../../src/distances/distance.ts';
import { dot } from '../../src/distances/dot.ts';
import { euclidean } from '../../src/distances/euclidean.ts';
import { squaredEuclidean } from '../../src/distances/squared-euclidean.ts';

/** An option of a loss, as it is written on a command line. */
export interface Option<Value> {
  /** what may stand there, in words that follow 'must be' */
  readonly kind: string;
  /** the default as it would be written; absent where there is none to write */
  readonly byDefault?: string;
  /** undefined where the text is none of its kind */
  read(text: string): Value | undefined;
}

/** An `Option` for each option of a maker: none is left out, and none is of another type. */
export type Described<Options> = { readonly [Name in keyof Options]-?: Option<Options[Name]> };

/** The options of a maker that were given. */
export type Chosen<Options> = { -readonly [Name in keyof Options]?: Options[Name] };

export function number(byDefault?: number): Option<number> {
  return { kind: 'a number', byDefault: byDefault?.toString(), read: numberOf };
}

export function flag(byDefault: boolean): Option<boolean> {
  return { ...oneOf(['true', 'false'], `${byDefault}`), read: (text) => FLAGS.get(text) };
}

export function oneOf<const Name extends string>(
  names: readonly Name[],
  byDefault: NoInfer<Name>,
): Option<Name> {
  return { kind: names.join(' or '), byDefault, read: (text) => names.find((name) => name === text) };
}

export function numbers(): Option<readonly number[]> {
  return {
    kind: 'numbers with commas between them',
    read(text) {
      const all = text.split(',').map(numberOf);
      const read = all.filter((value) => value !== undefined);
      return read.length === all.length ? read : undefined;
    },
  };
}

export function distance(byDefault: Distance): Option<Distance> {
  return {
    kind: [...DISTANCES.keys()].join(' or '),
    byDefault: byDefault.name,
    read: (text) => DISTANCES.get(text),
  };
}

/**
 * Options from their texts.
 *
 * @throws RangeError if one is not described, or is not of its kind
 */
export function optionsFrom<Options>(
  where: string,
  described: Described<Options>,
  texts: ReadonlyMap<string, string>,
): Chosen<Options> {
  const unread = new Set(texts.keys());
  const names: string[] = [];
  const chosen: Chosen<Options> = {};
  for (const name in described) {
    names.push(name);
    unread.delete(name);
    const text = texts.get(name);
    if (text === undefined) continue;
    const { kind, read } = described[name];
    chosen[name] = read(text) ?? refuse(where, `${name} must be ${kind}`, `'${text}'`);
  }
  for (const name of unread) refuse(where, `an option must be ${names.join(' or ') || 'left out'}`, name);
  return chosen;
}

const FLAGS = new Map([
  ['true', true],
  ['false', false],
]);

const DISTANCES = new Map<string, Distance>(
  [cosine, dot, euclidean, squaredEuclidean].map((distance) => [distance.name, distance]),
);

function numberOf(text: string): number | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}
