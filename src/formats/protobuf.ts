// The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as files are written in it here: a message is
// its fields one behind the other, each its number, its wire type and its value.

/** A whole number >= 0: int32, int64, bool or an enum. */
export function whole(field: number, value: number): Uint8Array {
  return Buffer.concat([tag(field, 0), varint(value)]);
}

/** A message, a string or bytes. */
export function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const content = Buffer.from(value);
  return Buffer.concat([tag(field, 2), varint(content.length), content]);
}

export function message(field: number, ...fields: readonly Uint8Array[]): Uint8Array {
  return bytes(field, Buffer.concat(fields));
}

export function float(field: number, value: number): Uint8Array {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([tag(field, 5), content]);
}

export function double(field: number, value: number): Uint8Array {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), content]);
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(8 * field + wireType);
}

/** Seven bits a byte, the lowest first; all but the last have their highest bit set. */
function varint(value: number): Uint8Array {
  const groups: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) groups.push((rest % 128) | 128);
  return Uint8Array.of(...groups, rest);
}
