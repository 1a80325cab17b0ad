import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/formats/crc32c.ts';
import { bytes, double } from '../../src/formats/protobuf.ts';
import { eventRecord, jsonLog, scalarEvent, tensorboardLog } from '../../src/formats/scalar-log.ts';
import { scratch } from './fixture.ts';

const files = scratch();

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs
  it.each([
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(0), 0],
  ])('of known bytes is the published one', (known, crc) => {
    expect(crc32c(known)).toBe(crc);
  });
});

describe('an event file of TensorBoard', () => {
  // what tensorboard 2.21.0's RecordWriter writes of the same events
  const version = '1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9';
  const scalars =
    '2e00000000000000c5cb57fa0900006040fc54d94110ac022a200a0b0a046c6f7373150000003f0a110a0a747261696e2f72617465150000c07ff9f0e82f';

  it('has the bytes that TensorBoard itself writes', () => {
    const begun = eventRecord([double(1, 1700000000.25), bytes(3, 'brain.Event:2')]);
    expect(Buffer.from(begun).toString('hex')).toBe(version);
    const event = eventRecord(scalarEvent(1700000001.5, 300, { loss: 0.5, 'train/rate': NaN }));
    expect(Buffer.from(event).toString('hex')).toBe(scalars);
  });

  it('is begun in a new folder, grows by a record a step, and leaves another alone', async () => {
    const times = [1700000000.25, 1700000001.5];
    const log = await tensorboardLog(files.path('runs/a'), { now: () => times.shift() ?? 0 });
    await log.write(300, { loss: 0.5, 'train/rate': NaN });
    await log.close();
    expect((await readFile(log.path)).toString('hex')).toBe(version + scalars);
    expect(log.path).toMatch(/\/events\.out\.tfevents\.1700000000\.[^/]+\.0$/);
    const second = await tensorboardLog(files.path('runs/a'), { now: () => 1700000000.25 });
    await second.close();
    expect(second.path).not.toBe(log.path);
    expect((await readFile(second.path)).toString('hex')).toBe(version);
    await expect(tensorboardLog(`${log.path}/x`)).rejects.toThrow(/must be a folder that can be written/);
  });
});

describe('a log of JSON', () => {
  it('has a line a step, after those that are there', async () => {
    const path = await files.write('log.jsonl', '{"step":0,"loss":3}\n');
    const log = await jsonLog(path);
    await log.write(1, { loss: 2.5, temperature: NaN });
    await log.close();
    await log.close();
    expect(await readFile(path, 'utf8')).toBe(
      '{"step":0,"loss":3}\n{"step":1,"loss":2.5,"temperature":null}\n',
    );
    await expect(jsonLog(files.path('no/such/log.jsonl'))).rejects.toThrow(
      /must be where a file can be written/,
    );
  });
});
