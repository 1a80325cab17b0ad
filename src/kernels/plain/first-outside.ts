import type { Matrix } from '../../core/matrix.ts';

export function firstOutside({ data }: Matrix, least: number, most: number): number {
  const [low, high] = [Math.fround(least), Math.fround(most)];
  for (let e = 0; e < data.length; e++) if (!(data[e] >= low && data[e] <= high)) return e;
  return -1;
}
