import { parseArgs, type ParseArgsConfig } from 'node:util';
import { EVALUATE_RUN_OPTIONS, type EvaluateRunOptions } from './evaluate-run-options.ts';

/**
 * The options of `evaluate --qrels --run` as yargs reads them, where the words are plain (and -mmap, as trec_eval takes it): undefined where one is
 * unknown, given twice, without its value, or a value in a form that needs to be looked at. Then yargs reads them, or says what is wrong.
 */
export function plainRunOptions(words: readonly string[]): EvaluateRunOptions | undefined {
  const given = parsed(words);
  if (given === undefined) return undefined;
  const options: Record<string, string | number | boolean | string[]> = {};
  for (const [name, { type, ...more }] of Object.entries(EVALUATE_RUN_OPTIONS)) {
    const values = given[name];
    if (values === undefined) continue;
    const texts = values.filter((value) => typeof value === 'string');
    if (!texts.every((text) => (type === 'number' ? /^\d{1,15}$/ : /^[^\s='"`]+$/).test(text)))
      return undefined;
    if ('array' in more) options[name] = texts;
    else if (values.length > 1) return undefined;
    else options[name] = type === 'number' ? Number(texts[0]) : values[0];
  }
  const { qrels, run } = options;
  return typeof qrels === 'string' && typeof run === 'string' ? { ...options, qrels, run } : undefined;
}

function parsed(
  words: readonly string[],
): { readonly [name: string]: (string | boolean)[] | undefined } | undefined {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, ...more }] of Object.entries(EVALUATE_RUN_OPTIONS)) {
    const short = 'alias' in more ? { short: more.alias } : {};
    options[name] = { type: type === 'boolean' ? type : 'string', multiple: true, ...short };
  }
  try {
    const { values } = parseArgs({ args: [...words], options });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value ?? []].flat()]));
  } catch {
    return undefined;
  }
}
