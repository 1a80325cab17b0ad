import type { Called } from '../../src/catalog/input.ts';

/** `negative-ids` of negativeIds: how an input is called on a command line, and its gradient's file. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const flagOf: Called = ({ name }) => `--${kebab(name)}`;
