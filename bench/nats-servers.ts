import { startNats } from './nats.ts';

/** Three NATS servers on loopback, until they are told to end. */

try {
  const servers = await startNats({ ports: [4222, 4223, 4224] });
  console.log(servers.urls);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void servers.stop());
} catch (error) {
  const said = error instanceof Error ? error.message : error;
  console.error(
    `cluster: nats-server must be installed (apt-get install nats-server) and its ports free, got ${said}`,
  );
  process.exitCode = 2;
}
