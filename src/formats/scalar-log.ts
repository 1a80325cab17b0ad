import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../core/check.ts';
import { crc32c } from './crc32c.ts';
import { bytes, double, float, message, whole } from './protobuf.ts';
import { wholeFile } from './whole-file.ts';

/** Numbers by name, a step at a time. */
export interface ScalarLog {
  /** the file that is written */
  readonly path: string;
  write(step: number, scalars: Readonly<Record<string, number>>): Promise<void>;
  close(): Promise<void>;
}

export interface TensorboardLogOptions {
  /** Seconds since 1970. */
  readonly now?: () => number;
  /** Where a training goes on: what earlier files say of this step and later ones is no longer shown. @default 0 */
  readonly from?: number;
}

/**
 * A new event file of TensorBoard in a folder, which is made where it is missing. Names with a slash make TensorBoard's groups:
 * `train/loss`. Values are float32 there; NaN and infinities are shown as such.
 *
 * @throws RangeError if a file cannot be made there
 */
export async function tensorboardLog(
  folder: string,
  { now = () => Date.now() / 1000, from = 0 }: TensorboardLogOptions = {},
): Promise<ScalarLog> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    refuse(folder, 'must be a folder that can be written', error instanceof Error ? error.message : error),
  );
  const begun = now();
  const name = `events.out.tfevents.${String(Math.floor(begun)).padStart(10, '0')}.${hostname()}.${process.pid}`;
  const { file, path } = await firstFree(join(folder, name));
  await file.appendFile(eventRecord([double(1, begun), bytes(3, 'brain.Event:2')]));
  // a SessionLog that says START
  if (from > 0)
    await file.appendFile(eventRecord([double(1, begun), whole(2, from), message(7, whole(1, 1))]));
  return {
    path,
    write: (step, scalars) => file.appendFile(eventRecord(scalarEvent(now(), step, scalars))),
    close: () => file.close(),
  };
}

/**
 * A line of JSON a step, `{"step": 7, "loss": 0.5}`, after what a file already has. NaN and infinities are null, which JSON has in their
 * place.
 *
 * @param from where a training goes on: lines of this step and later ones, and a last one that was cut off, are taken out first
 * @throws RangeError if the file cannot be written
 */
export async function jsonLog(
  path: string,
  { from = Infinity }: { readonly from?: number } = {},
): Promise<ScalarLog> {
  if (from < Infinity) await keepBefore(path, from);
  const file = await open(path, 'a').catch((error: unknown) =>
    refuse(path, 'must be where a file can be written', error instanceof Error ? error.message : error),
  );
  return {
    path,
    write: (step, scalars) => file.appendFile(`${JSON.stringify({ step, ...scalars })}\n`),
    close: () => file.close(),
  };
}

async function keepBefore(path: string, from: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? '' : refuse(path, 'must be where a file can be written', error.message),
  );
  const kept = text.split('\n').filter((line) => (stepIn(line) ?? Infinity) < from);
  if (text !== '') await wholeFile(path, (write) => write(kept.map((line) => `${line}\n`).join('')));
}

function stepIn(line: string): number | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const step: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'step') : undefined;
    return typeof step === 'number' ? step : undefined;
  } catch {
    return undefined;
  }
}

/** Two logs may begin in one second. */
async function firstFree(path: string): Promise<{ readonly file: FileHandle; readonly path: string }> {
  for (let number = 0; ; number++) {
    const candidate = `${path}.${number}`;
    const file = await open(candidate, 'ax').catch((error: NodeJS.ErrnoException) =>
      error.code === 'EEXIST'
        ? undefined
        : refuse(candidate, 'must be where a file can be written', error.message),
    );
    if (file !== undefined) return { file, path: candidate };
  }
}

/** The fields of an Event: wall time, step and a Summary of values with a tag and a number each. */
export function scalarEvent(
  wallTime: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): readonly Uint8Array[] {
  const values = Object.entries(scalars).map(([tag, value]) => message(1, bytes(1, tag), float(2, value)));
  return [double(1, wallTime), ...(step === 0 ? [] : [whole(2, step)]), message(5, ...values)];
}

/**
 * TFRecord's frame: length (8 bytes) · its masked CRC-32C · the event · its masked CRC-32C.
 *
 * @see TensorFlow, "TFRecord and tf.train.Example", and tensorflow/core/util/event.proto
 */
export function eventRecord(fields: readonly Uint8Array[]): Uint8Array {
  const event = Buffer.concat(fields);
  const record = Buffer.alloc(event.length + 16);
  record.writeBigUInt64LE(BigInt(event.length));
  record.writeUInt32LE(masked(crc32c(record.subarray(0, 8))), 8);
  event.copy(record, 12);
  record.writeUInt32LE(masked(crc32c(event)), 12 + event.length);
  return record;
}

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
