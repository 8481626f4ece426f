import { openApi, type OpenApiDocument } from '../api/open-api.ts'
import type { Described } from '../api/operation.ts'
import { published } from '../http/published.ts'
import { addressesOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'
import { securitySchemes } from './security-schemes.ts'

/** `GET /api/openapi.json`: all that can be asked of this server. It is written at the first question. */
export function apiRoutes(instance: Instance, all: () => readonly Described[]): readonly Route[] {
  const { settings } = instance
  let document: Promise<OpenApiDocument> | undefined

  return [
    {
      path: '/api/openapi.json',
      methods: {
        GET: async (request) => {
          document ??= openApi(all(), {
            title: 'Doorward',
            version: '1',
            servers: addressesOf(settings).slice(0, 1),
            securitySchemes: securitySchemes(instance),
          })
          const written = await document
          return published(() => written, { maxAge: 300 })(request)
        },
      },
    },
  ]
}
