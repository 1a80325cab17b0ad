/** Labels numbered 0, 1, 2 … in the order they come. */
export interface Numbered {
  /** rows; the number of each row's label */
  readonly of: Uint32Array;
  /** how many rows have each label, by its number */
  readonly sizes: Uint32Array;
}

export function numbered(labels: ArrayLike<number>): Numbered {
  const numbers = new Map<number, number>();
  const of = Uint32Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
  const sizes = new Uint32Array(numbers.size);
  of.forEach((number) => sizes[number]++);
  return { of, sizes };
}
