import { at, list, optional, record, text } from './json.ts';

/** Any number of dimensions, row-major. */
interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** How one step of a generator is written, and what it makes from what was made before. */
type Step = readonly [form: RegExp, make: (found: string[], made: Map<string, Numbers>) => Numbers];

/**
 * The inputs of a large case, made as its `generator` says, step by step on one stream, and compared with its checksums.
 *
 * @throws TypeError if a step is written in no way known here, or what is made is not what the case was computed of
 */
export function generated(inputs: unknown): Map<string, Numbers> {
  const made = new Map<string, Numbers>();
  let next = (): number => 0;
  const gauss = (rows: string, cols: string, factor = 1): Numbers => {
    const data = new Float32Array(Number(rows) * Number(cols));
    for (let e = 0; e < data.length; e++) {
      let sum = 0;
      for (let draw = 0; draw < 4; draw++) sum += next() >>> 12;
      data[e] = (factor * (sum - 2 ** 21)) / 2 ** 20;
    }
    return { shape: [Number(rows), Number(cols)], data };
  };
  const steps: readonly Step[] = [
    [/^rng\.gauss\((\d+),(\d+)\)$/, ([rows, cols]) => gauss(rows, cols)],
    [/^([\d.]+)\*rng\.gauss\((\d+),(\d+)\)$/, ([factor, rows, cols]) => gauss(rows, cols, Number(factor))],
    [
      /^rng\.ints\((\d+),(\d+)\)$/,
      ([count, below]) => ({
        shape: [Number(count)],
        data: Int32Array.from({ length: Number(count) }, () => next() % Number(below)),
      }),
    ],
    [
      /^([\d.]+)\*(\w+)\+([\d.]+)\*(\w+)$/,
      ([a, x, b, y], before) => {
        const [first, second] = [known(before, x), known(before, y).data];
        return { shape: first.shape, data: first.data.map((v, e) => Number(a) * v + Number(b) * second[e]) };
      },
    ],
    [
      /^([\d.]+)\*(\w+)\[(\w+)\[i\]\]\+([\d.]+)\*(\w+)\[i\]$/,
      ([a, x, labels, b, y], before) => {
        const [centers, chosen, noise] = [known(before, x), known(before, labels).data, known(before, y)];
        const [, cols] = noise.shape;
        const mixed = noise.data.map((v, e) => {
          const center = centers.data[chosen[Math.floor(e / cols)] * cols + (e % cols)];
          return Number(a) * center + Number(b) * v;
        });
        return { shape: noise.shape, data: mixed };
      },
    ],
  ];
  for (const step of list(at(inputs, 'generator')).map(text)) {
    const [, name, written] = /^(\w+)(?:\[i\])?=(.*?)(?: \(.*\))?$/.exec(step) ?? [];
    const seed = /^Xs32\((\d+)\)$/.exec(written ?? '');
    const cycle = /^i % (\d+)$/.exec(written ?? '');
    if (seed !== null) {
      next = xs32(Number(seed[1]));
    } else if (cycle !== null) {
      const rows = Math.max(...Array.from(made.values(), ({ shape }) => shape[0]));
      made.set(name, {
        shape: [rows],
        data: Int32Array.from({ length: rows }, (_, i) => i % Number(cycle[1])),
      });
    } else {
      const [form, make] = steps.find(([each]) => each.test(written ?? '')) ?? [];
      if (form === undefined || make === undefined) throw new TypeError(`no generator is written ${step}`);
      made.set(name, make(form.exec(written)?.slice(1) ?? [], made));
    }
  }
  for (const [name, checksum] of Object.entries(record(optional(inputs, 'checksums') ?? {}))) {
    const found = fnv1a(known(made, name).data);
    const due = text(at(checksum, 'fnv1a32'));
    if (found !== due) throw new TypeError(`${name}: its checksum must be ${due}, got ${found}`);
  }
  return made;
}

function known(made: Map<string, Numbers>, name: string): Numbers {
  const found = made.get(name);
  if (found === undefined) throw new TypeError(`nothing made before is ${name}`);
  return found;
}

/** Marsaglia's xorshift of 32 bits, "Xorshift RNGs", 2003, its first 16 numbers passed over. */
function xs32(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
  for (let skipped = 0; skipped < 16; skipped++) next();
  return next;
}

/** FNV-1a over whole words, as eight lower-case hexadecimal digits. */
function fnv1a({ buffer, byteOffset, length }: Float32Array | Int32Array): string {
  const words = new Uint32Array(buffer, byteOffset, length);
  const hash = words.reduce((h, word) => Math.imul(h ^ word, 0x01000193) >>> 0, 0x811c9dc5);
  return hash.toString(16).padStart(8, '0');
}
