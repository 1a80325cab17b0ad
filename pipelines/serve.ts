import { readFile } from 'node:fs/promises';
import type { InferredOptionTypes } from 'yargs';
import { checkPositive, checkWhole, refuse } from '../src/core/check.ts';
import { desk, type Outcome } from '../src/service/desk.ts';
import { gate } from '../src/service/gate.ts';
import { openService } from '../src/service/open-service.ts';
import { emptyService, type Service, type ServiceOptions } from '../src/service/service.ts';
import type { Door } from '../src/service/unix-door.ts';
import { DISTANCES } from '../src/distances/by-name.ts';
import { checkIndex, DISTANCE_OPTION, EF_OPTION, INDEX_OPTION } from './options.ts';
import { waitForTheEnd } from './to-its-end.ts';

export const SERVE_OPTIONS = {
  index: INDEX_OPTION,
  distance: DISTANCE_OPTION,
  ef: EF_OPTION,
  store: {
    type: 'string',
    describe:
      'folder that keeps the rows: what was answered is there after any death; without it they are gone with the process',
    requiresArg: true,
  },
  socket: { type: 'string', describe: 'listen to a unix socket of this name', requiresArg: true },
  port: {
    type: 'number',
    describe: 'listen to HTTP on this port, 0 for any that is free',
    requiresArg: true,
  },
  host: {
    type: 'string',
    describe: 'address of --port; other than loopback with a token alone',
    default: '127.0.0.1',
    requiresArg: true,
  },
  'token-file': {
    type: 'string',
    describe: 'file of the token that HTTP asks for; or it is in NEARMISS_TOKEN',
    requiresArg: true,
  },
  'max-message': {
    type: 'number',
    describe: 'most MiB of a request or an answer',
    default: 256,
    requiresArg: true,
  },
  'max-requests': {
    type: 'number',
    describe: 'requests under way at a time; more are told to come again',
    default: 64,
    requiresArg: true,
  },
  'max-pending': {
    type: 'number',
    describe: 'most MiB of the requests under way together',
    default: 1024,
    requiresArg: true,
  },
  'max-connections': {
    type: 'number',
    describe: 'connections at a time, of each door',
    default: 256,
    requiresArg: true,
  },
  'max-rows': { type: 'number', describe: 'most rows of an array', default: 2 ** 17, requiresArg: true },
  'max-dim': { type: 'number', describe: 'most numbers of a row', default: 8192, requiresArg: true },
  'max-k': {
    type: 'number',
    describe: 'most neighbors or candidates of a query',
    default: 10_000,
    requiresArg: true,
  },
  'max-stored': {
    type: 'number',
    describe: 'most rows of the index',
    default: 10_000_000,
    requiresArg: true,
  },
  timeout: { type: 'number', describe: 'most seconds until an answer', default: 60, requiresArg: true },
  parallel: {
    type: 'number',
    describe: 'calls that compute at a time; each has all threads',
    default: 2,
    requiresArg: true,
  },
  'log-level': {
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    describe: 'what of the log is written to stdout, a JSON object a line',
    default: 'info',
  },
} as const;

export const SERVE_EPILOGUE = [
  'An index and the losses for other processes, over HTTP (--port), a unix socket (--socket) or both; clients/python speaks either.',
  '/openapi.json describes the calls, /metrics is for Prometheus, /health for whoever starts services. SIGTERM lets what is under way be',
  'answered, writes the rows and ends with 0.',
].join(' ');

type ServeOptions = InferredOptionTypes<typeof SERVE_OPTIONS>;

/** Answers over the doors that are asked for until the signal, and then what is under way. */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  checkOptions(options);
  const { index: kind, socket, port, host, store, 'max-requests': requests } = options;
  await checkIndex(kind);
  const token = await tokenOf(options['token-file']);
  const { pino, serviceMetrics, httpDoor, unixDoor } = await parts();
  waitForTheEnd();

  const log = pino({ level: options['log-level'] });
  const most = Math.floor(options['max-message'] * 2 ** 20);
  const service = await opened(store, {
    kind,
    distance: DISTANCES[options.distance],
    ef: options.ef,
    most,
    parallel: options.parallel,
    limits: {
      rows: options['max-rows'],
      dim: options['max-dim'],
      k: options['max-k'],
      stored: options['max-stored'],
    },
  });
  const entry = gate({ requests, bytes: options['max-pending'] * 2 ** 20 });
  const metrics = serviceMetrics(service, entry);
  const onOutcome = (outcome: Outcome): void => {
    metrics.count(outcome);
    log[outcome.status >= 500 ? 'error' : 'info'](outcome, 'answered');
  };
  const onFault = (error: unknown): void => log.error(error);
  const asked = desk(service, { timeout: options.timeout * 1000, onOutcome, onFault });
  const common = { desk: asked, gate: entry, most, connections: options['max-connections'] };
  const doors: Door[] = [];
  try {
    if (socket !== undefined) doors.push(await unixDoor(socket, { ...common, stalled: 60_000 }));
    if (port !== undefined) {
      // longer than any call, and than a request takes to come
      const stalled = options.timeout * 1000 + 60_000;
      const door = await httpDoor({
        ...common,
        host,
        port,
        token,
        stalled,
        metrics,
        onRefused: onOutcome,
        onFault,
      });
      doors.push(door);
      log.info({ host, port: door.port }, 'listening');
    }
    if (socket !== undefined) log.info({ socket }, 'listening');
    await aborted(signal);
  } finally {
    entry.shut();
    await Promise.all(doors.map((door) => door.close()));
    await ended(service);
    log.info({ rows: service.index?.size ?? 0 }, 'ended');
  }
}

/** @throws RangeError if one is no number of its kind, or there is no door */
function checkOptions(options: ServeOptions): void {
  if (options.socket === undefined && options.port === undefined)
    refuse('serve', '--port or --socket must be given', 'neither');
  for (const name of [
    'ef',
    'max-requests',
    'max-connections',
    'max-rows',
    'max-dim',
    'max-k',
    'max-stored',
    'parallel',
  ] as const)
    checkWhole('serve', `--${name}`, options[name], 1);
  for (const name of ['max-message', 'max-pending', 'timeout'] as const)
    checkPositive('serve', `--${name}`, options[name]);
  const { port } = options;
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536))
    refuse('serve', '--port must be a whole number in [0, 65536)', port);
}

async function tokenOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return process.env.NEARMISS_TOKEN;
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    refuse(
      'serve',
      '--token-file must be a file that can be read',
      error instanceof Error ? error.message : error,
    ),
  );
  return text.trim();
}

/** What is loaded for this command alone. */
async function parts() {
  try {
    const [{ pino }, metrics, http, unix] = await Promise.all([
      import('pino'),
      import('../src/service/metrics.ts'),
      import('../src/service/http-door.ts'),
      import('../src/service/unix-door.ts'),
      import('fastify'),
    ]);
    return { pino, ...metrics, ...http, ...unix };
  } catch (error) {
    return refuse(
      'serve',
      'the packages fastify, pino and prom-client must be installed (npm install fastify pino prom-client)',
      error instanceof Error ? error.message : error,
    );
  }
}

async function opened(store: string | undefined, options: ServiceOptions): Promise<Service> {
  return store === undefined ? emptyService(options) : openService(options, store);
}

/** Leaves the rows in one piece, where they are kept. */
async function ended({ writing, folder, index }: Service): Promise<void> {
  if (folder === undefined) return;
  await writing.run(async () => {
    if (index !== undefined && folder.changed) await folder.replace(index);
    await folder.close();
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
