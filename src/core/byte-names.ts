import { refuse } from './check.ts';

/** Offsets are 32 bits wide. */
const MOST_BYTES = 2 ** 32 - 1;

/**
 * Names one after the other as UTF-8 in one buffer, each with a hash.
 *
 * For millions of names that stand in files as bytes: no string or object is made of any.
 */
export class ByteNames {
  #bytes = new Uint8Array(1 << 16);
  /** where each name starts, and where the last one ends */
  #starts = new Uint32Array(1 << 13);
  #hashes = new Uint32Array(1 << 13);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * The number of the name bytes[start] … bytes[end - 1], which is a new one.
   *
   * @throws RangeError if all of them are longer than 4 GB
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    const name = this.#size;
    let to = this.#starts[name];
    if (to + end - start > this.#bytes.length) this.#growBytes(to + end - start);
    if (name + 2 > this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(2 * this.#starts.length));
      this.#hashes = grown(this.#hashes, new Uint32Array(2 * this.#hashes.length));
    }
    const own = this.#bytes;
    let hash = FIRST;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      own[to++] = byte;
      hash = Math.imul(hash ^ byte, PRIME);
    }
    this.#starts[name + 1] = to;
    // the low bits choose a slot, and the high ones are those that are mixed best
    this.#hashes[name] = hash ^ (hash >>> 15);
    this.#size++;
    return name;
  }

  /** Takes the last one out. */
  pop(): void {
    this.#size--;
  }

  hash(name: number): number {
    return this.#hashes[name];
  }

  /** Whether name i is bytes[start] … bytes[end - 1]. */
  is(i: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    const first = this.#starts[i];
    if (this.#starts[i + 1] - first !== end - start) return false;
    for (let k = start; k < end; k++) if (own[first + k - start] !== bytes[k]) return false;
    return true;
  }

  /** Whether name i is name j of others. */
  same(i: number, others: ByteNames, j: number): boolean {
    return (
      this.#hashes[i] === others.#hashes[j] &&
      this.is(i, others.#bytes, others.#starts[j], others.#starts[j + 1])
    );
  }

  /** The sign of how names i and j compare by their bytes, as strcmp does. */
  compare(i: number, j: number): number {
    const bytes = this.#bytes;
    let a = this.#starts[i];
    let b = this.#starts[j];
    const aEnd = this.#starts[i + 1];
    const bEnd = this.#starts[j + 1];
    for (; a < aEnd && b < bEnd; a++, b++) if (bytes[a] !== bytes[b]) return bytes[a] - bytes[b];
    return aEnd - a - (bEnd - b);
  }

  text(name: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      this.#bytes.subarray(this.#starts[name], this.#starts[name + 1]),
    );
  }

  #growBytes(least: number): void {
    if (least > MOST_BYTES) refuse('names', `must have at most ${MOST_BYTES} bytes`, least);
    const length = Math.min(Math.max(least, 2 * this.#bytes.length), MOST_BYTES);
    this.#bytes = grown(this.#bytes, new Uint8Array(length));
  }
}

/** FNV-1a. */
const [FIRST, PRIME] = [0x811c9dc5, 0x01000193];

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
