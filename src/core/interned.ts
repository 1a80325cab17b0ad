import { grown, PackedNames } from './packed-names.ts';

/**
 * A number for each distinct name, counted from 0 in the order they come, with the names as UTF-8 in one buffer.
 *
 * For millions of names that stand in files as bytes: no string or object is made of any. Never forgets.
 */
export class Interned {
  readonly #names = new PackedNames();
  #hashes = new Uint32Array(1 << 13);
  /** open addressing: 1 + the number of a name, or 0 */
  #slots = new Uint32Array(1 << 14);

  get size(): number {
    return this.#names.size;
  }

  /** The number of the name bytes[start] … bytes[end - 1], a new one if there was none. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const slot = this.#slotOf(hash, bytes, start, end);
    return this.#slots[slot] !== 0 ? this.#slots[slot] - 1 : this.#add(hash, slot, bytes, start, end);
  }

  /** The number of such a name, or -1 if there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slotOf(hashOf(bytes, start, end), bytes, start, end)] - 1;
  }

  /** The sign of how two names compare by their bytes, as strcmp does. */
  compare(a: number, b: number): number {
    return this.#names.compare(a, b);
  }

  name(id: number): string {
    return this.#names.name(id);
  }

  /** Where the name stands, or the free slot where it would. */
  #slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = slots[slot] - 1;
      if (this.#hashes[id] === hash && this.#names.is(id, bytes, start, end)) break;
    }
    return slot;
  }

  #add(hash: number, slot: number, bytes: Uint8Array, start: number, end: number): number {
    const id = this.#names.add(bytes, start, end);
    if (id === this.#hashes.length) this.#hashes = grown(this.#hashes, new Uint32Array(2 * id));
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    if (2 * this.size > this.#slots.length) {
      this.#slots = slotted(this.#hashes, this.size, new Uint32Array(2 * this.#slots.length));
    }
    return id;
  }
}

/** Puts each name in the first slot that is free from its hash on. */
function slotted(
  hashes: Uint32Array,
  size: number,
  slots: Uint32Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  const mask = slots.length - 1;
  for (let id = 0; id < size; id++) {
    let slot = hashes[id] & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = id + 1;
  }
  return slots;
}

/** FNV-1a, with its high bits brought down to where the slots are chosen. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
