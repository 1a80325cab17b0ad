import type { IncomingMessage } from 'node:http';
import { refuse } from '../core/check.ts';
import { byteReader } from './byte-reader.ts';
import { messages } from './frames.ts';
import { fromJson } from './json-message.ts';
import type { Received } from './message.ts';
import { fromQuery, npyFloats, rawFloats } from './one-array.ts';

export const FRAME = 'application/vnd.nearmiss.frame';
export const RAW = 'application/octet-stream';
export const NPY = 'application/x-npy';
export const JSON_TYPE = 'application/json';

/** JSON holds up everybody while it is read. */
export const MOST_JSON = 16 * 2 ** 20;

/** What is wrong with a request before its call is looked at, and the status that HTTP has for that. */
export class BadBody extends Error {
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/**
 * How many bytes the body has.
 *
 * @throws BadBody if that is not said, or more than it may have
 */
export function bodyBytes({ headers }: IncomingMessage, most: number): number {
  if (headers['transfer-encoding'] !== undefined)
    throw new BadBody(411, 'message: content-length must be given, got a transfer-encoding');
  const bytes = Number(headers['content-length'] ?? 0);
  const limit = typeOf(headers['content-type']) === JSON_TYPE ? Math.min(most, MOST_JSON) : most;
  if (bytes > limit) throw new BadBody(413, `message: must be at most ${limit} bytes, got ${bytes}`);
  return bytes;
}

/**
 * The request in a body: a frame, JSON, or one array, whose header is in the query of the address.
 *
 * @throws BadBody if it is of another type
 */
export async function readBody(
  request: IncomingMessage,
  call: string,
  query: URLSearchParams,
): Promise<Received> {
  const type = typeOf(request.headers['content-type']);
  const length = Number(request.headers['content-length'] ?? 0);
  if (length === 0) return fromQuery(call, query);
  if (type === FRAME) return oneFrame(request, call, length);
  if (type !== JSON_TYPE && type !== RAW && type !== NPY)
    throw new BadBody(
      415,
      `message: content-type must be ${[FRAME, RAW, NPY, JSON_TYPE].join(' or ')}, got ${JSON.stringify(type)}`,
    );
  const bytes = await whole(request, length);
  if (type === JSON_TYPE) return fromJson(call, new TextDecoder().decode(bytes));
  try {
    const array = type === RAW ? rawFloats(request.headers['nearmiss-shape'], bytes) : await npyFloats(bytes);
    return fromQuery(call, query, array);
  } catch (error) {
    if (error instanceof RangeError) return { header: { call }, fault: error.message };
    throw error;
  }
}

async function oneFrame(request: IncomingMessage, call: string, length: number): Promise<Received> {
  try {
    const frames: Received[] = [];
    for await (const frame of messages(request, length)) {
      if (frames.length > 0) refuse('message', 'a body must hold one message', 'more');
      frames.push(frame);
    }
    const [frame] = frames;
    const { call: named = call } = frame.header;
    if (named !== call) refuse('message', `call must be ${call}, as in the address`, JSON.stringify(named));
    return { ...frame, header: { ...frame.header, call } };
  } catch (error) {
    if (error instanceof RangeError) return { header: { call }, fault: error.message };
    throw error;
  }
}

async function whole(request: IncomingMessage, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await byteReader(request).read(bytes);
  return bytes;
}

function typeOf(header = ''): string {
  return header.split(';')[0].trim().toLowerCase();
}
