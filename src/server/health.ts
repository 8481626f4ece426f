import { Unavailable } from '../core/errors.ts'
import { jsonAnswer } from '../http/exchange.ts'
import type { Route } from './route.ts'

export interface HealthOptions {
  /** Answers when the database does; throws when it does not within a second. */
  readonly ping: () => Promise<void>
  readonly pendingMigrations: () => Promise<readonly string[]>
  /** Whether the server has been told to stop: it then takes no new work. */
  readonly isStopping: () => boolean
}

/** `/livez`: the process runs. `/readyz`: it can serve, which needs its database and the schema it knows. */
export function healthRoutes({ ping, pendingMigrations, isStopping }: HealthOptions): readonly Route[] {
  return [
    { path: '/livez', methods: { GET: async () => jsonAnswer({ status: 'ok' }) } },
    {
      path: '/readyz',
      methods: {
        GET: async () => {
          if (isStopping()) throw new Unavailable({ body: { reason: 'stopping' } })
          await ping()
          const pending = await pendingMigrations()
          if (pending.length > 0)
            throw new Unavailable({ body: { reason: 'the schema is not up to date: doorward migrate' } })
          return jsonAnswer({ status: 'ok' })
        },
      },
    },
  ]
}
