/**
 * Names as UTF-8 one behind the other, numbered from 0 in the order they are added: a few bytes each where a string is an object.
 */
export class PackedNames {
  #bytes = Buffer.alloc(1 << 16);
  /** where each name ends; it starts where the one before ends */
  #ends = new Uint32Array(1 << 13);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds bytes[start] … bytes[end - 1], whether it is there or not; its number. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const id = this.#size++;
    const shift = this.#start(id) - start;
    const ownEnd = shift + end;
    this.#makeRoom(id, ownEnd);
    const own = this.#bytes;
    for (let i = start; i < end; i++) own[shift + i] = bytes[i];
    this.#ends[id] = ownEnd;
    return id;
  }

  /** The same of a string; half a surrogate pair becomes U+FFFD. */
  addText(name: string): number {
    const id = this.#size++;
    const start = this.#start(id);
    this.#makeRoom(id, start + 3 * name.length);
    this.#ends[id] = start + this.#bytes.write(name, start);
    return id;
  }

  /** The sign of how two names compare by their bytes, as strcmp does. */
  compare(a: number, b: number): number {
    return this.compareBytes(a, this.#bytes, this.#start(b), this.#ends[b]);
  }

  /** The same of a name and of others' bytes. */
  compareBytes(id: number, bytes: Uint8Array, start: number, end: number): number {
    const own = this.#bytes;
    let i = this.#start(id);
    let j = start;
    const iEnd = this.#ends[id];
    for (; i < iEnd && j < end; i++, j++) if (own[i] !== bytes[j]) return own[i] - bytes[j];
    return iEnd - i - (end - j);
  }

  /** Whether a name is bytes[start] … bytes[end - 1]. */
  is(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes;
    const shift = this.#start(id) - start;
    if (this.#ends[id] - shift !== end) return false;
    for (let i = start; i < end; i++) if (own[shift + i] !== bytes[i]) return false;
    return true;
  }

  name(id: number): string {
    return this.#bytes.toString('utf8', this.#start(id), this.#ends[id]);
  }

  #makeRoom(id: number, bytes: number): void {
    if (bytes > this.#bytes.length)
      this.#bytes = grown(this.#bytes, Buffer.alloc(Math.max(bytes, 2 * this.#bytes.length)));
    if (id === this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * id));
  }

  #start(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1];
  }
}

/** A longer array that begins as a shorter one. */
export function grown<T extends Uint8Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
