import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { equalText } from '../crypto/compare.ts'
import { RequestRefused } from '../core/errors.ts'
import { credentialOf } from '../http/authorization.ts'
import type { Route } from './route.ts'

export interface MetricsOptions {
  /** How many passwords wait and how many are being hashed. */
  readonly passwords: { readonly waiting: () => number; readonly running: () => number }
  /** The bearer token that `/metrics` asks for; `null`: it answers this machine alone. */
  readonly token: string | null
}

export interface Metrics {
  readonly answered: (answer: {
    readonly route: string | null
    readonly method: string
    readonly status: number
    readonly seconds: number
  }) => void
  /** Who refused: counted by code. */
  readonly refused: (code: string) => void
  /** How many were refused since the start of this process, by code. */
  readonly refusals: () => Promise<Readonly<Record<string, number>>>
  readonly route: Route
}

/** What a monitoring system asks for, in the Prometheus text format. No label ever holds a name, an address or a secret. */
export function createMetrics({ passwords, token }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'doorward_http_request_duration_seconds',
    help: 'How long answers took, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'doorward_refusals_total',
    help: 'Requests that were refused, by error code.',
    labelNames: ['code'],
    registers: [registry],
  })
  gauge(
    registry,
    'doorward_passwords_waiting',
    'Sign-ins that wait for their password to be hashed.',
    passwords.waiting,
  )
  gauge(registry, 'doorward_passwords_running', 'Passwords that are being hashed.', passwords.running)

  return {
    answered: ({ route, method, status, seconds }) =>
      durations.observe(
        { route: route ?? 'none', method: knownMethods.has(method) ? method : 'other', status },
        seconds,
      ),
    refused: (code) => refusals.inc({ code }),
    refusals: async () => {
      const { values } = await refusals.get()
      return Object.fromEntries(values.map(({ labels, value }) => [String(labels.code), value]))
    },
    route: {
      path: '/metrics',
      guard: async (request) => {
        const shown = token === null ? null : credentialOf(request, 'bearer')
        const isLocal = localAddresses.has(request.peer?.address ?? '')
        if (token === null ? !isLocal : shown === null || !equalText(shown, token))
          throw new RequestRefused('not_found')
      },
      methods: {
        GET: async () => ({
          status: 200,
          headers: [
            ['content-type', registry.contentType],
            ['cache-control', 'no-store'],
          ],
          body: await registry.metrics(),
        }),
      },
    },
  }
}

/** A gauge that is read when it is asked for. */
function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const collected: Gauge = new Gauge({ name, help, registers: [], collect: () => collected.set(read()) })
  registry.registerMetric(collected)
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const localAddresses = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
