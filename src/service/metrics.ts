import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Outcome } from './desk.ts';
import type { Gate } from './gate.ts';
import type { Service } from './service.ts';

/** What Prometheus is told. */
export interface Metrics {
  readonly registry: Registry;
  readonly count: (outcome: Outcome) => void;
}

export function serviceMetrics(service: Service, gate: Gate): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'nearmiss_requests_total',
    help: 'Requests that were answered, by call, door and status',
    labelNames: ['call', 'door', 'status'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'nearmiss_request_seconds',
    help: 'From a request that has come to its answer',
    labelNames: ['call', 'door'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers: [registry],
  });
  const gauges: Readonly<Record<string, [help: string, value: () => number]>> = {
    nearmiss_rows: ['Rows stored', () => service.index?.size ?? 0],
    nearmiss_requests_inside: ['Requests that are coming, waiting or being answered', () => gate.inside],
    nearmiss_requests_inside_limit: ['As many as may be', () => gate.requests],
    nearmiss_calls_running: ['Calls that compute', () => service.working.running],
    nearmiss_calls_waiting: [
      'Calls that wait for their turn',
      () => service.working.waiting + service.writing.waiting,
    ],
    nearmiss_journal_bytes: [
      'What came since the index was last written',
      () => service.folder?.journalBytes ?? 0,
    ],
  };
  for (const [name, [help, value]] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(value()) });
  }
  return {
    registry,
    count({ call, door, status, seconds: took }) {
      requests.inc({ call, door, status });
      seconds.observe({ call, door }, took);
    },
  };
}
