import type { Options } from 'yargs';
import { z } from 'zod';

/** What JSON Schema says of one option: as much of it as options here make use of. */
interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Described[];
  readonly items?: Described;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export type Table = z.ZodObject<z.ZodRawShape>;

function described(option: z.core.$ZodType): Described {
  const { default: byDefault, ...schema } = z.toJSONSchema(option, { io: 'input' });
  return { ...JSON.parse(JSON.stringify(schema)), default: byDefault };
}

/** The options of a table as flags. What was not given is undefined, so that a file may have said it. */
export function flagsOf(table: Table): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(table.shape).map(([name, option]) => [name, flagOf(described(option))]),
  );
}

function flagOf(option: Described): Options {
  return {
    ...typeOf(option),
    describe: option.description,
    ...(option.default !== undefined && { defaultDescription: String(option.default) }),
  };
}

function typeOf({ type, enum: choices, items }: Described): Options {
  if (type === 'array') return { array: true, type: items?.type === 'integer' ? 'number' : 'string' };
  if (choices !== undefined) return { choices: [...choices] };
  if (type === 'boolean') return { type: 'boolean' };
  return { type: type === 'integer' || type === 'number' ? 'number' : 'string', requiresArg: true };
}

/** What an option must be, in words that follow 'must be'. */
export function kindOf(table: Table, name: string): string {
  return inWords(name in table.shape ? described(table.shape[name]) : {});
}

function inWords(option: Described): string {
  if (option.anyOf !== undefined) return option.anyOf.map(inWords).join(' or ');
  if (option.const !== undefined) return option.const;
  if (option.enum !== undefined) return option.enum.join(' or ');
  if (option.type === 'array') return `a list, of which each is ${inWords(option.items ?? {})}`;
  if (option.type === 'boolean') return 'true or false';
  if (option.type === 'integer') return `a whole number${rangeOf(option)}`;
  if (option.type === 'number') return `a finite number${rangeOf(option)}`;
  return 'a text that is not empty';
}

/** As other refusals say it. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Described): string {
  const highest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMaximum !== undefined) return ` in [${minimum}, ${exclusiveMaximum})`;
  if (highest !== undefined) return ` in [${minimum}, ${highest}]`;
  if (exclusiveMinimum !== undefined) return ` > ${exclusiveMinimum}`;
  return minimum === undefined ? '' : ` >= ${minimum}`;
}
