import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from '../core/check.ts';
import { CALLS } from './calls.ts';
import { type Desk, type Outcome, statusOf } from './desk.ts';
import { framed } from './frames.ts';
import type { Gate } from './gate.ts';
import { BadBody, bodyBytes, FRAME, JSON_TYPE, readBody } from './http-body.ts';
import { toJson } from './json-message.ts';
import type { Message } from './message.ts';
import type { Metrics } from './metrics.ts';
import { openApi, READ } from './open-api.ts';
import { bearer, isLoopback } from './token.ts';
import { Unavailable } from './unavailable.ts';
import type { Door } from './unix-door.ts';

export interface HttpDoorOptions {
  readonly desk: Desk;
  readonly gate: Gate;
  /** bytes of a body at most */
  readonly most: number;
  readonly host: string;
  /** 0 for any that is free */
  readonly port: number;
  /** what must be known by those who ask; must be there where others than this machine can */
  readonly token?: string;
  /** connections at a time */
  readonly connections: number;
  /** ms a request may take to come, and a connection may be silent; more than calls may take */
  readonly stalled: number;
  readonly metrics: Metrics;
  /** is told of what was refused before it was asked */
  readonly onRefused: (outcome: Outcome) => void;
  /** is told of errors that are no fault of a request */
  readonly onFault: (error: unknown) => void;
}

export interface HttpDoor extends Door {
  readonly port: number;
}

/** What of that which is no HTTP, or does not come to its end, has a status of its own. */
const CLIENT_ERRORS: ReadonlyMap<string, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/**
 * Calls over HTTP, each at /v1/CALL, and beside them /health, /metrics and /openapi.json.
 *
 * @throws RangeError if it would be open to other machines without a token, or the port cannot be had
 */
export async function httpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const { host, port, token, gate, stalled, metrics, onFault } = options;
  const allowed = token === undefined ? undefined : bearer(token);
  if (allowed === undefined && !isLoopback(host))
    refuse('serve', 'a token must be given where --host is not this machine alone', host);
  const { default: fastify } = await import('fastify');
  const app = fastify({
    requestTimeout: stalled,
    connectionTimeout: stalled,
    keepAliveTimeout: stalled,
    forceCloseConnections: 'idle',
    clientErrorHandler({ code }, socket) {
      if (socket.writable)
        socket.end(rawAnswer(CLIENT_ERRORS.get(code) ?? 400, `request: must be HTTP, got ${code}`));
    },
    frameworkErrors: (error, _request, reply) => void fail(reply, error, onFault),
  });
  app.server.maxConnections = options.connections;
  // bodies are read where it is known what they are of
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.setErrorHandler((error, _request, reply) => fail(reply, error, onFault));
  app.setNotFoundHandler((request, reply) =>
    say(reply, 404, `request: must be POST /v1/CALL, got ${request.method} ${request.url.slice(0, 100)}`),
  );

  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/health') return undefined;
    if (allowed === undefined) {
      // a page of elsewhere in a browser of this machine
      const name = request.hostname.replace(/^\[|\]$/g, '');
      if (isLoopback(name)) return undefined;
      return say(reply, 403, `request: host must be this machine, got ${JSON.stringify(request.hostname)}`);
    }
    if (allowed(request.headers.authorization)) return undefined;
    void reply.header('www-authenticate', 'Bearer');
    return say(reply, 401, 'request: authorization must be Bearer and the token, got another or none');
  });

  const asked = new WeakSet<FastifyRequest>();
  app.addHook('onResponse', async (request, { statusCode: status, elapsedTime }) => {
    if (status >= 400 && !asked.has(request))
      options.onRefused({ door: 'http', call: 'unknown', status, seconds: elapsedTime / 1000 });
  });

  app.get('/health', async (_request, reply) => {
    const status = gate.open ? 'ok' : 'ending';
    return reply
      .code(gate.open ? 200 : 503)
      .type(JSON_TYPE)
      .send(JSON.stringify({ status }));
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  const described = JSON.stringify(openApi());
  app.get('/openapi.json', async (_request, reply) => reply.type(JSON_TYPE).send(described));
  for (const call of CALLS.keys()) {
    const name = String(call);
    app.route({
      method: READ.includes(name) ? ['GET', 'POST'] : 'POST',
      url: `/v1/${name}`,
      handler: (request, reply) => answer(options, name, request, reply, asked),
    });
  }
  await app
    .listen({ host, port })
    .catch((error: unknown) =>
      refuse(
        'serve',
        '--host and --port must be what can be listened to',
        error instanceof Error ? error.message : error,
      ),
    );
  const [bound] = app.addresses();
  return { port: typeof bound === 'string' ? port : bound.port, close: async () => app.close() };
}

async function answer(
  { desk, gate, most }: HttpDoorOptions,
  call: string,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: WeakSet<FastifyRequest>,
): Promise<FastifyReply> {
  const leave = gate.enter(bodyBytes(request.raw, most));
  reply.raw.on('close', leave);
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  const query = new URL(request.url, 'http://localhost').searchParams;
  const received = await readBody(request.raw, call, query).catch((error: unknown) => {
    if (error instanceof BadBody || request.raw.complete) throw error;
    throw new BadBody(400, 'message: must come to its end, got a connection that ended before');
  });
  asked.add(request);
  return sayAnswer(request, reply, await desk('http', received, gone.signal));
}

function sayAnswer(request: FastifyRequest, reply: FastifyReply, message: Message): FastifyReply {
  const { retryAfter, error } = message.header;
  void reply.code(statusOf(message));
  if (typeof retryAfter === 'number') void reply.header('retry-after', retryAfter);
  if (error !== undefined || wantsJson(request)) return reply.type(JSON_TYPE).send(toJson(message));
  const parts = framed(message);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return reply.type(FRAME).header('content-length', length).send(Readable.from(parts));
}

/** Those who send arrays are answered with arrays, unless they say otherwise. */
function wantsJson({ headers }: FastifyRequest): boolean {
  const { accept = '*/*', 'content-type': type = JSON_TYPE } = headers;
  if (accept.includes(JSON_TYPE)) return true;
  return !accept.includes(FRAME) && type.startsWith(JSON_TYPE);
}

function fail(reply: FastifyReply, error: unknown, onFault: (error: unknown) => void): FastifyReply {
  if (error instanceof Unavailable && error.retryAfter !== undefined)
    void reply.header('retry-after', error.retryAfter);
  if (error instanceof BadBody || error instanceof Unavailable)
    return say(reply, error.status, error.message);
  if (error instanceof RangeError) return say(reply, 400, error.message);
  const found = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const status = typeof found === 'number' && found >= 400 ? found : 500;
  if (status === 500) onFault(error);
  return say(
    reply,
    status,
    `request: must be one that can be answered, got ${error instanceof Error ? error.message : String(error)}`,
  );
}

function say(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(JSON.stringify({ error }));
}

function rawAnswer(status: number, error: string): string {
  const body = JSON.stringify({ error });
  return `HTTP/1.1 ${status} Bad Request\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
}
