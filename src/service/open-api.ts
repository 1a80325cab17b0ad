import { CATALOG } from '../catalog/catalog.ts';
import { type Input, isTuples, NUMBERS } from '../catalog/input.ts';
import { type Call, CALLS } from './calls.ts';
import { FRAME, JSON_TYPE, NPY, RAW } from './http-body.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Answer {
  readonly header: Readonly<Record<string, Schema>>;
  readonly arrays?: Readonly<Record<string, string>>;
}

const SIZE = { size: { type: 'integer', description: 'rows stored' } };

/** What is in each answer. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  score: {
    header: {
      value: { type: 'number' },
      active: { type: 'integer', description: 'terms above zero' },
      gradients: {
        type: 'object',
        description: 'of numbers, by name',
        additionalProperties: { type: 'number' },
      },
    },
    arrays: {
      'gradients.INPUT': 'float32, of the shape of the input, for each that the loss has a gradient of',
      terms: 'float32, what the value is reduced from, where the loss lists it',
    },
  },
  upsert: { header: SIZE },
  remove: { header: SIZE },
  search: {
    header: {},
    arrays: {
      ids: 'uint32, queries × k, the nearest first; 0 past found',
      distances: 'float32, queries × k; Infinity, in JSON null, past found',
      found: 'uint32, how many neighbors each query was given',
    },
  },
  mine: {
    header: {},
    arrays: {
      negativeIds: "uint32, an anchor's together",
      owned: 'uint32, how many each anchor has',
      negativeScores: 'float32, how similar each is to its anchor',
      negativeRanks: 'uint32, the place of each among the candidates of its anchor',
      positiveScores: 'float32, how similar each positive is to its anchor',
      negatives: 'float32, the stored rows, where withRows is asked for',
    },
  },
  evaluate: {
    header: {
      means: {
        type: 'object',
        description: 'by metric, over the queries',
        additionalProperties: { type: 'number' },
      },
      k: { type: 'integer', description: 'how deep rankings are' },
    },
    arrays: { METRIC: 'float32, a value a query' },
  },
  stats: {
    header: {
      index: { type: 'string', enum: ['exact', 'hnsw'] },
      distance: { type: 'string', enum: ['cosine', 'dot', 'euclidean'] },
      dim: { type: 'integer', description: 'absent until rows have come' },
      ...SIZE,
      journalBytes: {
        type: 'integer',
        description: 'what came since the last snapshot, where rows are kept',
      },
    },
  },
  health: { header: { status: { type: 'string', enum: ['ok'] } } },
  snapshot: { header: SIZE },
  restore: { header: SIZE },
};

/** Further fields of a request, of those calls that take one. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  score: {
    loss: {
      type: 'string',
      description: 'as `nearmiss losses` lists them, which says the inputs and options of each',
      enum: Object.values(CATALOG).flatMap((rows) => rows.map(({ name }) => name)),
    },
  },
  snapshot: { name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' } },
  restore: { name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' } },
};

/** Calls that change nothing and take nothing: asked with GET too. */
export const READ = ['stats', 'health'];

const REQUIRED: Readonly<Record<string, readonly string[]>> = { score: ['loss'], restore: ['name'] };

/** The calls over HTTP, as OpenAPI 3.1 describes them. */
export function openApi(): Schema {
  const calls = Array.from(CALLS, ([name, call]): [string, Schema] => [
    `/v1/${String(name)}`,
    pathOf(String(name), call),
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'nearmiss',
      version: '1',
      description: [
        'Losses with exact gradients, an index of rows, hard negatives and retrieval metrics.',
        `A request is a frame (${FRAME}: clients/python writes and reads it), JSON, or one array as a .npy file or as raw float32`,
        'with its shape in nearmiss-shape, the rest in the query. Those who send JSON are answered in JSON, others with frames, unless accept says otherwise.',
      ].join(' '),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      ...Object.fromEntries(calls),
      '/health': { get: plain('health', 'whether requests are answered', JSON_TYPE, { security: [] }) },
      '/metrics': { get: plain('metrics', 'figures for Prometheus', 'text/plain') },
      '/openapi.json': { get: plain('openapi', 'this document', JSON_TYPE) },
    },
    components: {
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          properties: {
            error: { type: 'string', description: 'one sentence: where, what must be, what was got' },
            status: { type: 'integer' },
            retryAfter: { type: 'integer', description: 'seconds' },
          },
        },
        Numbers: {
          description: 'numbers, or rows of equally many',
          anyOf: [
            { type: 'array', items: { type: ['number', 'null'] } },
            { type: 'array', items: { type: 'array', items: { type: ['number', 'null'] } } },
          ],
        },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'where the service has a token' },
      },
    },
    security: [{ token: [] }, {}],
  };
}

function pathOf(name: string, call: Call): Schema {
  const operation = {
    summary: call.says,
    parameters: parametersOf(name),
    responses: responsesOf(ANSWERS[name]),
  };
  const post = { operationId: name, ...operation, requestBody: { content: contentOf(name, call) } };
  return READ.includes(name) ? { get: { operationId: `get-${name}`, ...operation }, post } : { post };
}

function contentOf(name: string, call: Call): Schema {
  const inputs = name === 'score' ? undefined : call.inputs({ header: { call: name }, arrays: new Map() });
  const json = {
    type: 'object',
    required: REQUIRED[name] ?? [],
    properties: {
      id: { description: 'given back with the answer', type: ['string', 'number'] },
      timeout: { type: 'number', exclusiveMinimum: 0, description: 'ms until an answer must be there' },
      ...FIELDS[name],
      ...(call.options && { options: optionsOf(call.options) }),
      ...(name === 'score' && { options: { type: 'object', description: 'those of the loss' } }),
      values: valuesOf(inputs),
      arrays: arraysOf(inputs),
    },
  };
  const binary = { schema: { type: 'string', format: 'binary' } };
  const matrix = inputs === undefined || inputs.some(({ kind }) => kind === 'matrix');
  return { [FRAME]: binary, [JSON_TYPE]: { schema: json }, ...(matrix && { [RAW]: binary, [NPY]: binary }) };
}

function optionsOf(options: NonNullable<Call['options']>): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(options).map(([name, { kind, byDefault }]) => [
        name,
        {
          type: ['string', 'number', 'boolean'],
          description: byDefault === undefined ? kind : `${kind}; by default ${byDefault}`,
        },
      ]),
    ),
    additionalProperties: false,
  };
}

function valuesOf(inputs: readonly Input[] | undefined): Schema {
  if (inputs === undefined)
    return {
      type: 'object',
      description: 'numbers and flags of the loss',
      additionalProperties: { type: ['number', 'boolean'] },
    };
  const found = inputs.filter(({ kind }) => kind === 'number' || kind === 'flag');
  return {
    type: 'object',
    properties: Object.fromEntries(
      found.map(({ name, kind, says }) => [
        name,
        { type: kind === 'flag' ? 'boolean' : 'number', description: says },
      ]),
    ),
    additionalProperties: false,
  };
}

function arraysOf(inputs: readonly Input[] | undefined): Schema {
  const numbers = { $ref: '#/components/schemas/Numbers' };
  if (inputs === undefined)
    return { type: 'object', description: 'arrays of the loss', additionalProperties: numbers };
  const found = inputs.filter(({ kind }) => kind !== 'number' && kind !== 'flag');
  return {
    type: 'object',
    properties: Object.fromEntries(
      found.map(({ name, kind, says }) => [name, { ...numbers, description: `${formOf(kind)}: ${says}` }]),
    ),
    additionalProperties: false,
  };
}

function formOf(kind: Input['kind']): string {
  if (isTuples(kind)) return `uint32, any × ${NUMBERS[kind].each}`;
  if (kind === 'matrix') return 'float32, rows × cols';
  if (kind === 'labels') return 'int32, rows';
  return kind === 'ids' ? 'uint32, rows' : 'float32, rows';
}

function parametersOf(name: string): readonly Schema[] {
  return [
    text('timeout', 'ms until an answer must be there; of bodies that are one array, as all below'),
    ...Object.keys(FIELDS[name] ?? {}).map((field) => text(field, 'as in JSON')),
    text('input', 'what the array is called'),
    text('nearmiss-shape', `of ${RAW}: ROWS,COLS`, 'header'),
    {
      name: 'others',
      in: 'query',
      description: 'values by their names, and options as options.NAME',
      style: 'form',
      explode: true,
      schema: { type: 'object', additionalProperties: { type: 'string' } },
    },
  ];
}

function text(name: string, description: string, where = 'query'): Schema {
  return { name, in: where, description, schema: { type: 'string' } };
}

function responsesOf({ header, arrays }: Answer): Schema {
  const numbers = { $ref: '#/components/schemas/Numbers' };
  const listed = Object.entries(arrays ?? {}).map(([name, description]) => [
    name,
    { ...numbers, description },
  ]);
  const schema = {
    type: 'object',
    properties: {
      ...header,
      ...(arrays && {
        arrays: { type: 'object', properties: Object.fromEntries(listed), additionalProperties: numbers },
      }),
    },
  };
  const later = { headers: { 'Retry-After': { description: 'seconds', schema: { type: 'integer' } } } };
  return {
    200: {
      description: 'the answer',
      content: { [JSON_TYPE]: { schema }, [FRAME]: { schema: { type: 'string', format: 'binary' } } },
    },
    400: refused('the request is wrong, as the sentence says'),
    401: refused('the token is missing or another'),
    413: refused('the body is larger than it may be'),
    415: refused('the body is of a type that is not read'),
    429: { ...refused('as many requests are under way as may be'), ...later },
    503: { ...refused('the service ends, or cannot keep rows'), ...later },
    504: refused('there was no answer in time; what had begun goes on, a change too'),
  };
}

function refused(description: string): Schema {
  return {
    description,
    content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

function plain(operationId: string, summary: string, type: string, more: Schema = {}): Schema {
  return {
    operationId: `get-${operationId}-page`,
    summary,
    ...more,
    responses: { 200: { description: summary, content: { [type]: { schema: {} } } } },
  };
}
