/** Memory for the bodies of messages that come one after the other: the last one's serves the next of as many bytes, where it was given back. */
export interface LentBody {
  take(bytes: number): ArrayBuffer;
  /** Says that nobody looks at the arrays of the last message any more. */
  giveBack(): void;
}

export function lentBody(): LentBody {
  let last = new ArrayBuffer(0);
  let free = false;
  return {
    take(bytes) {
      if (!free || last.byteLength !== bytes) last = new ArrayBuffer(bytes);
      free = false;
      return last;
    },
    giveBack() {
      free = true;
    },
  };
}
