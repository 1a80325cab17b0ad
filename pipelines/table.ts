import type { Figure, Figures } from './retrieval.ts';

/** Rows of cells under a heading, the first column to the left and the others to the right. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows];
  const widths = heading.map((_, c) => Math.max(...lines.map((cells) => cells[c].length)));
  return lines
    .map((cells) =>
      cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  '),
    )
    .join('\n');
}

/** `0.0898 [0.0812, 0.0981]` */
export function withInterval({ mean, interval: [low, high] }: Figure): string {
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

/** The same with its sign, for differences. */
export function signedWithInterval({ mean, interval: [low, high] }: Figure): string {
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}

/** A number for each metric's name: what `--json` prints. */
export function means(figures: Figures): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, { mean }]) => [name, mean]));
}

export function intervals(figures: Figures): Record<string, readonly [number, number]> {
  return Object.fromEntries(Object.entries(figures).map(([name, { interval }]) => [name, interval]));
}
