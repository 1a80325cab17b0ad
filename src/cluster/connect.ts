import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { refuse } from '../core/check.ts';
import { addStreams } from './streams.ts';

/** Servers that are connected to, and hold the streams. */
export interface Servers {
  readonly connection: NatsConnection;
  readonly streams: JetStreamClient;
  readonly manager: JetStreamManager;
  /** as they were given, but for who asks */
  readonly urls: string;
  close(): Promise<void>;
}

/**
 * Connects to the first of the servers that answers, and to another whenever it is gone.
 *
 * @throws RangeError if an URL is none, no server answers, or they have no JetStream
 */
export async function connectServers(urls: string, name: string): Promise<Servers> {
  const [first, ...others] = urls.split(',').map((url) => checkedUrl(url.trim()));
  const hosts = [first, ...others].map(({ host }) => host);
  const named = hosts.map((host) => `nats://${host}`).join(',');
  const connection = await connect({
    servers: hosts,
    name,
    user: first.username === '' ? undefined : decodeURIComponent(first.username),
    pass: first.password === '' ? undefined : decodeURIComponent(first.password),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    timeout: 5000,
    // what two missed ones tell of is a server that hangs
    pingInterval: 5000,
  }).catch((error: unknown) => refuse('--nats', 'a server must answer', `${said(error)} at ${named}`));
  try {
    const manager = await jetstreamManager(connection);
    await addStreams(manager);
    return {
      connection,
      manager,
      streams: jetstream(connection),
      urls: named,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    return refuse('--nats', 'servers must run JetStream (nats-server -js)', `${said(error)} from ${named}`);
  }
}

function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'nats:' && url.hostname !== ''
    ? url
    : refuse('--nats', 'must be nats://HOST:PORT, several with commas between', `'${text}'`);
}

export function said(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
