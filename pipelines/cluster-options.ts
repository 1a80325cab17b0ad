/** What every command takes whose work others may do. */
export const CLUSTER_OPTIONS = {
  nats: {
    type: 'string',
    describe:
      'have workers (nearmiss work) do it, by way of NATS servers with JetStream: nats://HOST:PORT, commas between',
    requiresArg: true,
  },
  storage: {
    type: 'string',
    describe: 'with --nats: folder that all workers see under the same path, as they see the inputs',
    defaultDescription: 'nearmiss-work beside the inputs',
    requiresArg: true,
  },
} as const;

export const SHARD_ROWS_OPTION = {
  type: 'number',
  describe: 'rows that have a graph of their own, or that a worker holds at a time',
  default: 131_072,
  requiresArg: true,
} as const;
