/** Its bytes: a view, in the machine's order, which is that of files wherever nearmiss runs: little-endian. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
