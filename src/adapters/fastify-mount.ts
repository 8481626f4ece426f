import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnyPlugin } from './fastify-plugin.ts'
import type { AnyInstance } from './fastify-routes.ts'
import type { Mountable } from './mountable.ts'

/**
 * Endpoints in Fastify 5: `app.register(mount(oauth))`. They answer before Fastify reads bodies; what is not one of their paths
 * goes on.
 */
export function mount({ serves, answer }: Mountable): AnyPlugin {
  const hook = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (!serves(request.raw.url ?? '/')) return done()
    reply.hijack()
    answer(request.raw, reply.raw)
  }
  const plugin: AnyPlugin = (app: AnyInstance & { addHook: (name: string, hook: unknown) => void }, _options, done) => {
    app.addHook('onRequest', hook)
    done()
  }
  // Its hook is for the paths of whoever registers it, so it makes no scope of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
