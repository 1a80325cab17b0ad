import { refuse } from '../src/core/check.ts';

/** Refuses an option that is given again, which yargs makes a list of where others may be. */
export function givenOnce(
  command: string,
  several: readonly string[],
): (options: Readonly<Record<string, unknown>>) => true {
  return (options) => {
    for (const [name, value] of Object.entries(options)) {
      if (Array.isArray(value) && !['_', ...several].includes(name))
        refuse(command, `--${name} must be given once`, `${value.length} times`);
    }
    return true;
  };
}
