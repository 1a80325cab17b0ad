import { grown, PackedNames } from './packed-names.ts';

/**
 * Packed names, each with a hash that it is found by.
 *
 * For millions of names that stand in files as bytes: no string or object is made of any.
 */
export class ByteNames {
  readonly #names = new PackedNames();
  #hashes = new Uint32Array(1 << 13);

  get size(): number {
    return this.#names.size;
  }

  /**
   * The number of the name bytes[start] … bytes[end - 1], which is a new one.
   *
   * @throws RangeError if all of them are longer than 4 GB
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    const name = this.#names.add(bytes, start, end);
    if (name === this.#hashes.length) this.#hashes = grown(this.#hashes, new Uint32Array(2 * name));
    let hash = FIRST;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], PRIME);
    // the low bits choose a slot, and the high ones are those that are mixed best
    this.#hashes[name] = hash ^ (hash >>> 15);
    return name;
  }

  /** Takes the last one out. */
  pop(): void {
    this.#names.pop();
  }

  hash(name: number): number {
    return this.#hashes[name];
  }

  /** Whether name i is bytes[start] … bytes[end - 1]. */
  is(i: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#names.is(i, bytes, start, end);
  }

  /** Whether name i is name j of others. */
  same(i: number, others: ByteNames, j: number): boolean {
    return this.#hashes[i] === others.#hashes[j] && this.#names.same(i, others.#names, j);
  }

  /** The sign of how names i and j compare by their bytes, as strcmp does. */
  compare(i: number, j: number): number {
    return this.#names.compare(i, j);
  }

  text(name: number): string {
    return this.#names.name(name);
  }
}

/** FNV-1a. */
const [FIRST, PRIME] = [0x811c9dc5, 0x01000193];
