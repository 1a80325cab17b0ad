import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** NATS servers with JetStream on this machine, for as long as the process runs. */
export interface NatsServers {
  /** what --nats takes */
  readonly urls: string;
  /** by name: n1, n2, … */
  readonly processes: ReadonlyMap<string, ChildProcess>;
  /** Starts a server again that has ended, with what it kept. */
  restart(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** @throws Error if nats-server is not installed, or no leader is found in half a minute */
export async function startNats({
  servers = 3,
  ports: given,
}: { servers?: number; ports?: readonly number[] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'nearmiss-nats-'));
  const names = Array.from({ length: servers }, (_, i) => `n${i + 1}`);
  const ports = given ?? (await freePorts(servers));
  const routes = await freePorts(servers);
  const urls = ports.map((port) => `nats://127.0.0.1:${port}`).join(',');
  const processes = new Map<string, ChildProcess>();
  const start = async (i: number): Promise<void> => {
    const routing = ['--routes', routes.map((port) => `nats://127.0.0.1:${port}`).join(',')];
    const inCluster = [
      '--cluster_name',
      'nearmiss',
      '--cluster',
      `nats://127.0.0.1:${routes[i]}`,
      ...routing,
    ];
    const kept = ['--jetstream', '--store_dir', join(folder, names[i])];
    const at = ['--addr', '127.0.0.1', '--port', String(ports[i]), '--log', join(folder, `${names[i]}.log`)];
    const words = ['--server_name', names[i], ...kept, ...at, ...(servers > 1 ? inCluster : [])];
    const child = spawn('nats-server', words, { stdio: 'ignore' });
    processes.set(names[i], child);
    await once(child, 'spawn');
  };
  const stop = async (): Promise<void> => {
    for (const child of processes.values()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const i of names.keys()) await start(i);
    await Promise.race([ready(urls), ...[...processes].map(([name, child]) => endedEarly(name, child))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls,
    processes,
    restart: (name: string) => start(names.indexOf(name)),
    stop,
  } satisfies NatsServers;
}

/** Fails where a server ends that should begin: its port is taken, say. */
async function endedEarly(name: string, child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`nats-server ${name} must run, got exit code ${code}`);
}

/** Waits until JetStream answers, which it does once there is a leader. */
async function ready(urls: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const connection = await connect({ servers: urls.split(','), timeout: 1000 });
      try {
        await jetstreamManager(connection, { timeout: 1000 });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (tries === 150) throw error;
      await setTimeout(200);
    }
  }
}

/** Ports that nothing listens on at the moment. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
