import { startNats } from './nats.ts';

/** Three NATS servers on loopback, until they are told to end. */

const servers = await startNats({ ports: [4222, 4223, 4224] });
console.log(servers.urls);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void servers.stop());
