/** Bytes one after the other, out of pieces that were cut anywhere. */
export interface ByteReader {
  /** Fills what it is handed; how many bytes there were, fewer only at the end. */
  read(into: Uint8Array): Promise<number>;
  /** Passes over so many; how many there were. */
  skip(count: number): Promise<number>;
  /** Lets go of the pieces that are left. */
  close(): Promise<void>;
}

export function byteReader(pieces: AsyncIterable<Uint8Array>): ByteReader {
  const source = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;

  /** At most so many bytes, at least one but at the end. */
  const next = async (most: number): Promise<Uint8Array> => {
    while (at === piece.length) {
      const { value, done } = await source.next();
      if (done === true) return new Uint8Array(0);
      [piece, at] = [value, 0];
    }
    const part = piece.subarray(at, at + most);
    at += part.length;
    return part;
  };
  const each = async (count: number, use: (part: Uint8Array, from: number) => void): Promise<number> => {
    let done = 0;
    while (done < count) {
      const part = await next(count - done);
      if (part.length === 0) break;
      use(part, done);
      done += part.length;
    }
    return done;
  };

  return {
    read: (into) => each(into.length, (part, from) => into.set(part, from)),
    skip: (count) => each(count, () => undefined),
    async close() {
      await source.return?.();
    },
  };
}
