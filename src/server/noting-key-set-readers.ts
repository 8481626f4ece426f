import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/** The same routes, where it is remembered who fetches the public keys: for whoever is about to exchange them. */
export function notingKeySetReaders(
  routes: readonly Route[],
  { settings, keySetReaders }: Pick<Instance, 'settings' | 'keySetReaders'>,
): readonly Route[] {
  if (!settings.keySetReaders) return routes
  return routes.map((route) => {
    const read = route.methods['GET']
    if (!route.path.endsWith('/jwks.json') || read === undefined) return route
    return {
      ...route,
      methods: {
        ...route.methods,
        GET: async (request) => {
          keySetReaders.note(request)
          return read(request)
        },
      },
    }
  })
}
