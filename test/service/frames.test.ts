import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messages, send } from '../../src/service/frames.ts';
import type { Message, NamedArray, Received } from '../../src/service/message.ts';
import { bytes, list, message } from './messages.ts';

async function* cut(all: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < all.length; i++) {
    const size = sizes.length === 0 ? all.length : sizes[i % sizes.length];
    // memory of its own, at an odd place
    yield Uint8Array.from([0, ...all.subarray(at, at + size)]).subarray(1);
    at += size;
  }
}

/** What is read, and the sentence at its end where there is one. */
async function read(all: Uint8Array, sizes: readonly number[] = [], most?: number) {
  const found: Received[] = [];
  try {
    for await (const each of messages(cut(all, sizes), most)) found.push(each);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { found, end: error.message };
  }
  return { found, end: undefined };
}

const side = fc.nat({ max: 5 });
const array: fc.Arbitrary<NamedArray> = fc
  .tuple(fc.array(side, { maxLength: 3 }), fc.constantFrom('f', 'i', 'u'), fc.nat())
  .map(([shape, type, seed]) => {
    const length = shape.reduce((product, s) => product * s, 1);
    const values = Array.from({ length }, (_, e) => (seed + 7 * e) % 1000);
    if (type === 'f') return { shape, data: Float32Array.from(values, (v) => Math.sin(v)) };
    return { shape, data: type === 'i' ? Int32Array.from(values, (v) => -v) : Uint32Array.from(values) };
  });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  // as JSON has them: it has no -0
  header: fc
    .dictionary(
      fc.string().filter((key) => key !== 'arrays' && key !== '__proto__'),
      fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
    )
    .map((header) => ({ ...header })),
  arrays: fc.dictionary(fc.string(), array, { maxKeys: 3 }).map((arrays) => new Map(Object.entries(arrays))),
});

describe('messages', () => {
  it('are the same however their bytes were cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyMessage, { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 5 }),
        async (sent, sizes) => {
          const { found, end } = await read(Buffer.concat(sent.map(bytes)), sizes);
          expect(end).toBeUndefined();
          expect(found).toEqual(sent);
        },
      ),
    ));

  it('have the layout that clients write', async () => {
    const header = '{"call":"x","arrays":[{"name":"a","type":"uint32","shape":[1,3]}]}';
    const by = Buffer.alloc(16 + 72 + 16);
    by.write('nmf1');
    by.writeUInt32LE(header.length, 4);
    by.writeUInt32LE(16, 8);
    by.write(header, 16);
    [7, 8, 9].forEach((value, e) => by.writeUInt32LE(value, 88 + 4 * e));
    expect(header.length).toBe(66);
    const expected = message({ call: 'x' }, { a: { shape: [1, 3], data: Uint32Array.of(7, 8, 9) } });
    expect((await read(by)).found).toEqual([expected]);
    expect(bytes(expected)).toEqual(by);
  });

  it('are views of one piece of memory', async () => {
    const sent = message({}, { a: list(Float32Array.of(1)), b: list(Int32Array.of(2, 3)) });
    const { found } = await read(bytes(sent), [3]);
    const [got] = found;
    const arrays = 'arrays' in got ? [...got.arrays.values()] : [];
    expect(arrays.map(({ data }) => data.byteOffset)).toEqual([0, 8]);
    expect(new Set(arrays.map(({ data }) => data.buffer)).size).toBe(1);
  });

  it('end any bytes with messages or one sentence', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 3 }),
        async (noise, begins, sizes) => {
          const all = begins ? Buffer.concat([Buffer.from('nmf1'), noise]) : noise;
          const { end } = await read(all, sizes);
          if (all.length > 0) expect(end).toMatch(/^message: must [^\n]*, got [^\n]*$/);
        },
      ),
    ));

  it('end bytes of which some were changed or lost with messages or sentences', () =>
    fc.assert(
      fc.asyncProperty(
        anyMessage,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }),
        fc.nat({ max: 20 }),
        async (sent, changes, lost) => {
          const all = bytes(sent);
          for (const [at, value] of changes) all[at % all.length] = value;
          const { found, end } = await read(all.subarray(0, all.length - lost));
          for (const each of found) if ('fault' in each) expect(each.fault).toMatch(/^message: .*, got .*$/);
          if (lost > 0 || end !== undefined) expect(end).toMatch(/^message: must .*, got .*$/);
        },
      ),
    ));

  /** A frame with this header, and a body of so many bytes. */
  function frame(header: string, body = 0): Buffer {
    const words = Buffer.from(header);
    const all = Buffer.alloc(16 + 8 * Math.ceil(words.length / 8) + body);
    all.write('nmf1');
    all.writeUInt32LE(words.length, 4);
    all.writeUInt32LE(body, 8);
    words.copy(all, 16);
    return all;
  }

  const listed = (...arrays: readonly unknown[]): string => JSON.stringify({ id: 5, arrays });

  it.each([
    [frame('{"id"'), {}, 'message: the header must be a JSON object, got "{\\"id\\""'],
    [frame('[1]'), {}, 'message: the header must be a JSON object, got "[1]"'],
    [frame('{"id":5,"arrays":3}'), { id: 5 }, 'message: arrays must be a list, got 3'],
    [frame(listed(3)), { id: 5 }, 'message: an array must have a name, got 3'],
    [
      frame(listed({ name: 'a', type: 'float64', shape: [1] }), 8),
      { id: 5 },
      'message: a must be of float32 or int32 or uint32, got "float64"',
    ],
    [
      frame(listed({ name: 'a', type: 'toString', shape: [1] }), 8),
      { id: 5 },
      'message: a must be of float32 or int32 or uint32, got "toString"',
    ],
    [
      frame(listed({ name: 'a', type: 'int32', shape: [-1] })),
      { id: 5 },
      'message: the shape of a must be whole numbers, got [-1]',
    ],
    [
      frame(listed({ name: 'a', type: 'int32', shape: [2 ** 40, 2 ** 40] }), 8),
      { id: 5 },
      'message: the arrays up to a must be of at most 8 bytes, got 4.835703278458517e+24',
    ],
    [
      frame(listed({ name: 'a', type: 'int32', shape: [1] }), 16),
      { id: 5 },
      'message: the body must be 8 bytes, as listed, got 16',
    ],
    [
      frame(listed({ name: 'a', type: 'int32', shape: [1] }, { name: 'a', type: 'int32', shape: [1] }), 16),
      { id: 5 },
      'message: names of arrays must be distinct, got a twice',
    ],
    [bytes(message({ a: 'x'.repeat(600) })), {}, 'message: must be at most 600 bytes, got 640'],
    [
      frame(`{"a":"${'x'.repeat(2 ** 20)}"}`),
      {},
      'message: the header must be at most 1048576 bytes, got 1048584',
    ],
  ])('say what is wrong with one, and go on (%#)', async (wrong, header, fault) => {
    const after = message({ id: 6 });
    const { found, end } = await read(Buffer.concat([wrong, bytes(after)]), [1000], 600);
    expect(found).toEqual([{ header, fault }, after]);
    expect(end).toBeUndefined();
  });

  it('say where the bytes end within one', async () => {
    const whole = bytes(message({ call: 'x' }, { a: list(new Float32Array(6)) }));
    const words = whole.length - 16 - 24;
    expect((await read(whole.subarray(0, 9))).end).toBe(
      'message: must go on for 16 bytes, got the end after 9',
    );
    expect((await read(whole.subarray(0, 26))).end).toBe(
      `message: must go on for ${words} bytes, got the end after 10`,
    );
    expect((await read(whole.subarray(0, whole.length - 4))).end).toBe(
      'message: must go on for 24 bytes, got the end after 20',
    );
    expect((await read(whole.subarray(0, whole.length - 4), [], 40)).end).toBe(
      `message: must go on for ${words + 24} bytes, got the end after ${words + 20}`,
    );
    expect((await read(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).end).toBe(
      'message: must begin with \'nmf1\', got "GET "',
    );
  });

  it('let go of the stream when no more of them are wanted', async () => {
    const stream = new PassThrough();
    stream.write(bytes(message({ id: 1 })));
    for await (const each of messages(stream)) {
      expect(each).toEqual(message({ id: 1 }));
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

describe('send', () => {
  it('is done when all is taken, and not before', async () => {
    const taken: Buffer[] = [];
    let held: (() => void) | undefined;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        taken.push(Buffer.from(chunk));
        held = done;
      },
    });
    const sent = message({ id: 1 }, { a: list(Float32Array.of(1, 2, 3)) });
    let done = false;
    const sending = send(slow, sent).then(() => (done = true));
    for (let part = 0; part < 3; part++) {
      await new Promise(setImmediate);
      expect(done).toBe(false);
      expect(taken).toHaveLength(part + 1);
      held?.();
    }
    await sending;
    expect(Buffer.concat(taken)).toEqual(bytes(sent));
  });

  it('fails where nobody can take it', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('gone')) });
    const told = once(broken, 'error');
    await expect(send(broken, message({}))).rejects.toThrow('gone');
    await told.catch(() => undefined);
  });
});
