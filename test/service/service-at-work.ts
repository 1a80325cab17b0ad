import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosine } from '../../src/distances/cosine.ts';
import { desk, type Outcome } from '../../src/service/desk.ts';
import { gate } from '../../src/service/gate.ts';
import { httpDoor } from '../../src/service/http-door.ts';
import type { Limits } from '../../src/service/limits.ts';
import { serviceMetrics } from '../../src/service/metrics.ts';
import { openService } from '../../src/service/open-service.ts';
import { unixDoor } from '../../src/service/unix-door.ts';

export const LIMITS: Limits = { rows: 1000, dim: 64, k: 100, stored: 2000 };

export interface AtWorkOptions {
  readonly token?: string;
  readonly requests?: number;
  readonly timeout?: number;
  readonly most?: number;
}

/** A service with both doors, in a folder of its own. */
export async function atWork({ token, requests = 16, timeout = 20_000, most = 2 ** 20 }: AtWorkOptions = {}) {
  const path = await mkdtemp(join(tmpdir(), 'service-'));
  const service = await openService(
    { kind: 'exact', distance: cosine, ef: 100, most, limits: LIMITS },
    join(path, 'store'),
  );
  const entry = gate({ requests, bytes: 4 * most });
  const outcomes: Outcome[] = [];
  const faults: unknown[] = [];
  const metrics = serviceMetrics(service, entry);
  const onOutcome = (outcome: Outcome): void => {
    outcomes.push(outcome);
    metrics.count(outcome);
  };
  const onFault = (fault: unknown): void => void faults.push(fault);
  const asked = desk(service, { timeout, onOutcome, onFault });
  const common = { desk: asked, gate: entry, most, connections: 64, stalled: 30_000 };
  const socket = join(path, 'socket');
  const unix = await unixDoor(socket, common);
  const http = await httpDoor({
    ...common,
    host: '127.0.0.1',
    port: 0,
    token,
    metrics,
    onRefused: onOutcome,
    onFault,
  });
  return {
    service,
    gate: entry,
    outcomes,
    faults,
    socket,
    url: `http://127.0.0.1:${http.port}`,
    port: http.port,
    async end() {
      entry.shut();
      await Promise.all([unix.close(), http.close()]);
      await service.folder?.close();
      await rm(path, { recursive: true });
    },
  };
}

export type AtWork = Awaited<ReturnType<typeof atWork>>;
