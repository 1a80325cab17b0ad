import type { ByteNames } from './byte-names.ts';

/** Finds some of the names that it is of: open addressing, by their hashes. */
export class NameTable {
  readonly #names: ByteNames;
  /** 1 + the number of a name, or 0; at least half of them are 0 */
  #slots = new Uint32Array(64);
  #mask = 63;

  constructor(names: ByteNames) {
    this.#names = names;
  }

  /** Takes all out, and makes room for so many. */
  clear(room: number): void {
    const length = 2 ** Math.max(6, Math.ceil(Math.log2(2 * room)));
    if (length > this.#slots.length) this.#slots = new Uint32Array(length);
    else this.#slots.fill(0, 0, length);
    this.#mask = length - 1;
  }

  /** Puts a name in, unless the same is there under another number, which it gives; else -1. */
  add(name: number): number {
    const names = this.#names;
    const slots = this.#slots;
    let slot = names.hash(name) & this.#mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (names.same(slots[slot] - 1, names, name)) return slots[slot] - 1;
    }
    slots[slot] = name + 1;
    return -1;
  }

  /** The number here of a name of others, or -1. */
  find(others: ByteNames, name: number): number {
    const slots = this.#slots;
    let slot = others.hash(name) & this.#mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & this.#mask) {
      if (this.#names.same(slots[slot] - 1, others, name)) return slots[slot] - 1;
    }
    return -1;
  }
}
