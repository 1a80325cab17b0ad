import { addAbortSignal } from 'node:stream';
import type { InferredOptionTypes } from 'yargs';
import { checkPositive, checkWhole } from '../src/core/check.ts';
import { answered } from '../src/service/calls.ts';
import { messages, send } from '../src/service/frames.ts';
import { emptyService } from '../src/service/service.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import { checkIndex, DISTANCE_OPTION, EF_OPTION, INDEX_OPTION } from './options.ts';
import { waitForTheEnd } from './to-its-end.ts';

export const BRIDGE_OPTIONS = {
  index: {
    ...INDEX_OPTION,
    describe: `${INDEX_OPTION.describe}; rows that change at every step are found sooner by the second`,
    default: 'exact',
  },
  distance: DISTANCE_OPTION,
  ef: EF_OPTION,
  'max-message': {
    type: 'number',
    describe: 'most MiB of a message, asked or answered',
    default: 256,
    requiresArg: true,
  },
} as const;

export const BRIDGE_EPILOGUE = [
  'A trainer in another process writes messages to stdin and reads an answer to each from stdout, in order: losses with exact gradients,',
  'stored rows, neighbors, hard negatives. clients/python has it for Python and PyTorch. A request that is wrong is answered with a',
  'sentence. SIGTERM lets the request under way be answered.',
].join(' ');

type BridgeOptions = InferredOptionTypes<typeof BRIDGE_OPTIONS>;

/** Answers messages on stdin until it ends, one after the other, so that each sees what those before it stored. */
export async function bridge(options: BridgeOptions, signal: AbortSignal): Promise<void> {
  const { index: kind, distance, ef, 'max-message': mebibytes } = options;
  checkWhole('bridge', '--ef', ef, 1);
  checkPositive('bridge', '--max-message', mebibytes);
  await checkIndex(kind);
  waitForTheEnd();
  const most = Math.floor(mebibytes * 2 ** 20);
  const service = emptyService({ kind, distance: DISTANCES[distance], ef, most });
  try {
    for await (const request of messages(addAbortSignal(signal, process.stdin), most)) {
      const answer = await answered(service, request, console.error);
      if (answer.header.error !== undefined) console.error(`bridge: ${String(answer.header.error)}`);
      await send(process.stdout, answer);
      answer.giveBack?.();
    }
  } catch (error) {
    if (signal.aborted) return;
    // what follows cannot be read
    if (error instanceof RangeError) {
      await send(process.stdout, { header: { error: error.message }, arrays: new Map() });
    }
    throw error;
  }
}
