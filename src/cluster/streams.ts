import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { DEAD, OUTCOMES, TASKS } from './subjects.ts';
import { persistently } from './persistently.ts';

/** What nobody came back for is forgotten after a week, in ns. */
export const WEEK = 7 * 24 * 3600 * 1e9;

const KEPT = { storage: StorageType.File, max_age: WEEK, max_msgs_per_subject: 1 } as const;

const STREAMS: readonly (Partial<StreamConfig> & Pick<StreamConfig, 'name'>)[] = [
  {
    ...KEPT,
    name: TASKS.stream,
    subjects: [TASKS.subjects],
    retention: RetentionPolicy.Workqueue,
    // a task that is there already stays where it is, however often it is asked for
    discard: DiscardPolicy.New,
    discard_new_per_subject: true,
  },
  { ...KEPT, name: OUTCOMES.stream, subjects: [OUTCOMES.subjects] },
  { ...KEPT, name: DEAD.stream, subjects: [DEAD.subjects] },
];

/** What the server says of a stream that is not there, and of servers that are fewer than copies. */
const [NOT_FOUND, NOT_CLUSTERED, NO_PEERS, TOO_MANY_IN_SUBJECT] = [10059, 10074, 10005, 10077];

/** Makes the streams where they are not there yet, on three servers where there are as many. */
export async function addStreams(manager: JetStreamManager): Promise<void> {
  for (const stream of STREAMS) {
    await persistently(async () => {
      try {
        await manager.streams.info(stream.name);
      } catch (error) {
        if (codeOf(error) !== NOT_FOUND) throw error;
        await added(manager, stream);
      }
    });
  }
}

async function added(manager: JetStreamManager, stream: (typeof STREAMS)[number]): Promise<void> {
  try {
    await manager.streams.add({ ...stream, num_replicas: 3 });
  } catch (error) {
    const code = codeOf(error);
    if (code !== NOT_CLUSTERED && code !== NO_PEERS) throw error;
    await manager.streams.add({ ...stream, num_replicas: 1 });
  }
}

/** Whether a task was not taken because it is there already. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === TOO_MANY_IN_SUBJECT;
}

function codeOf(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}
