import { setTimeout } from 'node:timers/promises';
import { JetStreamApiError } from '@nats-io/jetstream';
import { ClosedConnectionError } from '@nats-io/transport-node';

/** How long servers may be without a leader, and how long between two tries, in ms. */
const [PATIENCE, PAUSE] = [60_000, 250];

/** Tries again what servers do not answer while they choose a leader; what they refuse, they refuse. */
export async function persistently<Value>(call: () => Promise<Value>): Promise<Value> {
  const begun = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const refused = error instanceof JetStreamApiError && error.status < 500;
      // whoever asked has gone
      const closed = error instanceof ClosedConnectionError;
      if (refused || closed) throw error;
      if (performance.now() - begun > PATIENCE)
        throw new Error(`NATS servers must answer within ${PATIENCE / 1000} s, got ${String(error)}`, {
          cause: error,
        });
      await setTimeout(PAUSE);
    }
  }
}
