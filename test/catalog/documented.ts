import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What docstrings of a loss's options say after @default, by the option's name, once for each interface it stands in. */
export type Documented = ReadonlyMap<string, readonly string[]>;

const top = fileURLToPath(new URL('../../src/losses/', import.meta.url));
const text = readdirSync(top, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`${top}${name}`, 'utf8'))
  .join('\n');

/** Of the type a maker has its options of, as they stand in the source. */
export function documentedOptions(maker: string): Documented {
  const signature = new RegExp(`export function ${maker}\\((?:\\{[\\s\\S]*?\\}|\\s*options): (\\w+)`);
  const [, type] = signature.exec(text) ?? [];
  const found = new Map<string, string[]>();
  for (const [name, says] of fieldsOf(type)) {
    found.set(name, [...(found.get(name) ?? []), ...(says === '' ? [] : [says])]);
  }
  return found;
}

/** What the docstring of a maker says after @see, in one line. */
export function documentedSources(maker: string): string {
  const at = text.indexOf(`export function ${maker}(`);
  const [, sources = ''] =
    /@see ([\s\S]*?)(?:\*\/|@\w)/.exec(text.slice(text.lastIndexOf('/**', at), at)) ?? [];
  return sources.replaceAll(/\s*\n \*\s*/g, ' ').trim();
}

/** Of an interface and those it extends, or of several types together. */
function fieldsOf(type: string): (readonly [name: string, says: string])[] {
  const [, alias] = new RegExp(`type ${type} =([^;]*);`).exec(text) ?? [];
  if (alias !== undefined) return (alias.match(/\w+/g) ?? []).flatMap(fieldsOf);
  const [, bases, body] =
    new RegExp(`interface ${type}(?: extends ([^{]+))? \\{((?:\\n  [\\s\\S]*?\\n)?)\\}`).exec(text) ?? [];
  if (body === undefined) throw new Error(`no options of type ${type}`);
  const documented = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (\w+)\??:/g;
  const own = [...body.matchAll(documented)].map(([, doc = '', name]) => {
    const [, says = ''] = /@default ([\s\S]*)/.exec(doc.replaceAll(/\s*\n\s*\*/g, '')) ?? [];
    return [name, says.trim()] as const;
  });
  return [...(bases?.match(/\w+/g) ?? []).flatMap(fieldsOf), ...own];
}

/** The default that such a sentence begins with, as it would be written; undefined where it begins with no value. */
export function writtenDefault(says: string): string | undefined {
  if (says.startsWith('1 for all')) return undefined;
  const [, quoted, plain] = /^(?:'([^']*)'|(-?\d[\d.e-]*\d|\d|true|false|cosine|dot)\b)/.exec(says) ?? [];
  return quoted ?? plain;
}
