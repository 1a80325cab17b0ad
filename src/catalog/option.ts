import { refuse } from '../core/check.ts';
import { chord } from '../distances/chord.ts';
import { cosine } from '../distances/cosine.ts';
import type { RowDistance } from '../distances/distance.ts';
import { dot } from '../distances/dot.ts';
import { euclidean } from '../distances/euclidean.ts';
import { lp, manhattan } from '../distances/lp.ts';
import { squaredChord } from '../distances/squared-chord.ts';
import { squaredEuclidean } from '../distances/squared-euclidean.ts';

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

export function flag(byDefault?: boolean): Option<boolean> {
  return { kind: 'true or false', byDefault: byDefault?.toString(), read: (text) => FLAGS.get(text) };
}

export function oneOf<const Name extends string>(
  names: readonly Name[],
  byDefault?: NoInfer<Name>,
): Option<Name> {
  return { kind: names.join(' or '), byDefault, read: (text) => names.find((name) => name === text) };
}

/** One of some numbers. */
export function oneOfNumbers<const Choice extends number>(
  choices: readonly Choice[],
  byDefault: NoInfer<Choice>,
): Option<Choice> {
  return {
    kind: choices.join(' or '),
    byDefault: `${byDefault}`,
    read: (text) => choices.find((choice) => choice === numberOf(text)),
  };
}

/** A number, or a word in its place. */
export function numberOr<const Word extends string>(word: Word, byDefault: number): Option<number | Word> {
  return {
    kind: `a number or ${word}`,
    byDefault: `${byDefault}`,
    read: (text) => (text === word ? word : numberOf(text)),
  };
}

/** Any of some names; by default none. */
export function someOf<const Name extends string>(names: readonly Name[]): Option<readonly Name[]> {
  return {
    kind: `names with commas between them, each ${names.join(' or ')}`,
    read: (text) => allRead(text, (part) => names.find((name) => name === part)),
  };
}

export function numbers(): Option<readonly number[]> {
  return { kind: 'numbers with commas between them', read: (text) => allRead(text, numberOf) };
}

/** Some of `FIRST=1,SECOND=name`; `whole` says undefined where one is missing that must be there. */
export function parts<Value>(
  described: Described<Value>,
  whole: (chosen: Chosen<Value>) => Value | undefined,
): Option<Value> {
  const kinds: string[] = [];
  for (const name in described) kinds.push(`${name}=VALUE (${described[name].kind})`);
  return {
    kind: `${kinds.join(' and ')} with commas between them`,
    read(text) {
      const texts = new Map<string, string>();
      for (const part of text.split(',')) {
        const [name, value, ...more] = part.split('=');
        if (value === undefined || more.length > 0 || texts.has(name)) return undefined;
        texts.set(name, value);
      }
      const chosen: Chosen<Value> = {};
      for (const name in described) {
        const given = texts.get(name);
        if (given === undefined) continue;
        const value = described[name].read(given);
        if (value === undefined) return undefined;
        chosen[name] = value;
        texts.delete(name);
      }
      return texts.size === 0 ? whole(chosen) : undefined;
    },
  };
}

/** A distance by its name; no other `lp` has one. */
export function distance(byDefault: RowDistance): Option<RowDistance> {
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

const DISTANCES = new Map<string, RowDistance>([
  ...[cosine, dot, euclidean, squaredEuclidean, chord, squaredChord].map(named),
  ['manhattan', manhattan],
  ['torchPairwise', lp({ eps: 1e-6 })],
]);

function named(distance: RowDistance): readonly [string, RowDistance] {
  return [distance.name, distance];
}

function numberOf(text: string): number | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** What each part between commas is read as; undefined where one can not be. */
function allRead<Value>(
  text: string,
  read: (part: string) => Value | undefined,
): readonly Value[] | undefined {
  const all = text.split(',').map(read);
  const found = all.filter((value) => value !== undefined);
  return found.length === all.length ? found : undefined;
}
