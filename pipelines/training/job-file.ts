import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { refuse } from '../../src/core/check.ts';
import { kindOf, type Table } from './option-table.ts';

/** Where the options of a command were said: in a file, of which each has a line, or by flags. */
interface Said {
  readonly values: Readonly<Record<string, unknown>>;
  where(name: string): string;
}

/**
 * The options of a command: those of a YAML (or JSON) file, if there is one, by the names of the flags, and over them what flags say.
 *
 * @throws RangeError that names the file and line, or the flag, if one is unknown or not what it must be
 */
export async function optionsFrom<Shape extends z.ZodRawShape>(
  command: string,
  table: z.ZodObject<Shape>,
  flags: Readonly<Record<string, unknown>>,
  path: string | undefined,
): Promise<z.infer<z.ZodObject<Shape>>> {
  const known = Object.keys(table.shape);
  const file = path === undefined ? undefined : await readJobFile(path);
  for (const name of Object.keys(file?.values ?? {})) {
    if (!known.includes(name))
      refuse(
        file?.where(name) ?? command,
        `an option must be one that nearmiss ${command} --help lists`,
        name,
      );
  }
  const given = Object.fromEntries(
    known.flatMap((name) => (flags[name] === undefined ? [] : [[name, read(table, name, flags[name])]])),
  );
  const values: Readonly<Record<string, unknown>> = { ...file?.values, ...given };
  const result = table.safeParse(values);
  if (result.success) return result.data;
  const name = String(result.error.issues[0].path[0]);
  const where =
    name in given || file === undefined ? `${command}: --${name}` : `${file.where(name)}: ${name}`;
  throw new RangeError(`${where} must be ${kindOf(table, name)}, got ${quoted(values[name])}`);
}

/** A flag that may be a number or a word is a text on a command line. */
function read(table: Table, name: string, value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const [asText, asNumber] = [value, Number(value)].map(
    (each) => z.safeParse(table.shape[name], each).success,
  );
  return asNumber && !asText ? Number(value) : value;
}

async function readJobFile(path: string): Promise<Said> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    refuse(path, 'must be a file that can be read', error instanceof Error ? error.message : error),
  );
  // takes longer to load than most files to read, and flags do without
  const { isNode, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    refuse(`${path} line ${line}`, 'must be YAML', error.message.split(/ at line \d+/)[0]);
  }
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(path, 'must be options by name', quoted(value));
  return {
    values: Object.fromEntries(Object.entries(value)),
    where(name) {
      const node = document.getIn([name], true);
      const at = isNode(node) ? node.range?.[0] : undefined;
      return at === undefined ? path : `${path} line ${lines.linePos(at).line}`;
    },
  };
}

function quoted(value: unknown): string {
  return typeof value === 'string'
    ? `'${value}'`
    : typeof value === 'number'
      ? String(value)
      : JSON.stringify(value);
}
