/**
 * A stream of random numbers that its key alone decides, the same on every machine.
 *
 * Keyed, so that a choice can name what it depends on (`random(seed, step, row)`) and does not change when
 * another part of a program draws more or less.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform over 0 … bound - 1, for a bound of at most 2³². */
  below(bound: number): number;
  /** Standard normal. */
  normal(): number;
}

/** The key's numbers are taken modulo 2³². */
export function random(...key: readonly number[]): Random {
  // sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, period of at least 2³²
  // the length sets keys apart that differ by zeros at the end: they would else share one stream
  let [a, b, c] = [0x9e3779b9, 0x243f6a88 ^ key.length, 0xb7e15162];
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (const part of key) {
    a = (a ^ part) | 0;
    for (let round = 0; round < 12; round++) next();
  }
  const uniform = (): number => next() / 2 ** 32;
  return {
    uniform,
    below: (bound) => Math.floor(uniform() * bound),
    // Box and Muller, 1958; 1 - u is never 0
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** 0 … length - 1 in random order (Fisher and Yates). */
export function shuffled(length: number, { below }: Random): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** So many of 0 … length - 1, no two alike, in the order drawn: takes no longer for a larger length. */
export function drawn(count: number, length: number, { below }: Random): Uint32Array {
  // Fisher and Yates from the front, of which only the places that were exchanged are written down
  const moved = new Map<number, number>();
  return Uint32Array.from({ length: count }, (_, i) => {
    const j = i + below(length - i);
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return chosen;
  });
}
