import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { nearmiss } from '../pipelines/command.ts';
import { installed, SKIPPED } from './at-work.ts';

const refused = async (urls: string): Promise<string> => {
  const { code, stderr } = await nearmiss('work', '--nats', urls);
  expect(code).toBe(2);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
};

describe('servers that cannot be worked with are refused in one sentence', () => {
  it.each(['localhost:4222', 'http://localhost', 'nats://', 'nats://a:1,'])(
    '%s is no URL of any',
    async (urls) => {
      expect(await refused(urls)).toMatch(
        /^--nats: must be nats:\/\/HOST:PORT, several with commas between, got '/,
      );
    },
  );

  it('nobody listens', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    expect(await refused(url)).toMatch(/^--nats: a server must answer, got .+ at nats:/);
  });

  it.skipIf(!installed)(`they run without JetStream (${SKIPPED})`, async () => {
    const port = await freePort();
    const server = spawn('nats-server', ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
    try {
      await setTimeout(500);
      const url = `nats://127.0.0.1:${port}`;
      expect(await refused(url)).toMatch(
        /^--nats: servers must run JetStream \(nats-server -js\), got .+ from nats:/,
      );
    } finally {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
  });

  it('storage is given and no servers', async () => {
    const { code, stderr } = await nearmiss('mine', '--storage', 'somewhere');
    expect(code).toBe(2);
    expect(stderr).toContain('mine: --storage must stand beside --nats, got alone');
  });

  it('a command with --nats is refused before it has worked for long', async () => {
    const { code, stderr } = await nearmiss('mine', '--nats', `nats://127.0.0.1:${await freePort()}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--nats: a server must answer, got /);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
