import { framed } from '../../src/service/frames.ts';
import type { Message, NamedArray } from '../../src/service/message.ts';

/** A message in one piece. */
export function bytes(message: Message): Buffer {
  return Buffer.concat(framed(message));
}

export function message(
  header: Message['header'],
  arrays: Readonly<Record<string, NamedArray>> = {},
): Message {
  return { header, arrays: new Map(Object.entries(arrays)) };
}

/** Numbers of one dimension. */
export function list(data: NamedArray['data']): NamedArray {
  return { shape: [data.length], data };
}

export function rowsOf({
  rows,
  cols,
  data,
}: {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}): NamedArray {
  return { shape: [rows, cols], data };
}
