import { z } from 'zod'
import { described } from '../api/described.ts'
import type { Described } from '../api/operation.ts'
import { allOf } from '../permissions/all-of.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { describedOAuth } from './described-oauth.ts'
import { describedSignIn } from './described-sign-in.ts'
import { describedTokens } from './described-tokens.ts'
import type { Route } from './route.ts'
import type { Settings } from './settings.ts'

/** All that can be asked at these routes: what they say of themselves, and what is told here of those that are older than that. */
export function describedRoutes(routes: readonly Route[], settings: Settings): readonly Described[] {
  const told = [
    ...describedTokens(settings),
    ...describedSignIn(),
    ...accounts,
    ...describedOAuth(),
    ...gatekeeper,
    ...health,
  ]
  const all = routes.flatMap(({ path, operations, methods, takesPathsBelow }) => [
    ...(operations ?? []),
    ...told.filter(
      (one) => one.method in methods && (one.path === path || (takesPathsBelow === true && one.path.startsWith(path))),
    ),
  ])
  // What machines ask is of little interest to people.
  return [...all.filter((one) => !last.has(one.tag)), ...all.filter((one) => last.has(one.tag))]
}

const last: ReadonlySet<string> = new Set(['Gatekeeper', 'Metadata', 'Operation'])

const publisher = z.object({
  kind: z.enum(['organisation', 'person', 'site', 'operator', 'nobody']),
  name: z.string().nullable(),
  slug: z.string().nullable(),
})

const accounts: readonly Described[] = [
  described({
    method: 'GET',
    path: '/api/applications/',
    tag: 'Accounts',
    summary: 'List the applications that one has allowed something',
    permission: allOf(isUser, not(isVia('oauth2', 'apiKey'))),
    answers: z.array(
      z.object({
        client_id: z.string(),
        name: z.string(),
        publisher: publisher.meta({ description: 'Who stands behind it.' }),
        is_reviewed: z.boolean().meta({ description: 'Whether somebody who runs this server has looked at it.' }),
        scopes: z.array(z.string()),
        resources: z.array(z.string()),
        since: z.string(),
        last_used_at: z
          .string()
          .nullable()
          .meta({ description: 'When it last used that, to the minute; null: not since this is kept.' }),
        grants: z
          .int()
          .meta({ description: 'How often it was let in and is still: what ends where it is taken back.' }),
        is_offline: z.boolean(),
        organisations: z
          .array(z.object({ id: z.string(), name: z.string(), slug: z.string() }))
          .nullable()
          .meta({ description: 'The organisations that it may act in for you; null: wherever you belong.' }),
      }),
    ),
  }),
  described({
    method: 'DELETE',
    path: '/api/applications/{client_id}/',
    tag: 'Accounts',
    summary: 'Take back what one has allowed an application',
    permission: allOf(isUser, not(isVia('oauth2', 'apiKey'))),
    status: 204,
    contentType: null,
  }),
]

const verified = (path: string, name: string): Described =>
  described({
    method: 'GET',
    path,
    tag: 'Gatekeeper',
    summary: `Ask whether a request may pass, as ${name} does`,
    description:
      'For gateways alone, by any method. 200 with headers that name who it is, 401 or 403, or a redirect to sign in.',
    policy: 'a gateway that is trusted (gatekeeperPeers, gatekeeperSecret)',
    security: [],
    contentType: null,
  })

const gatekeeper: readonly Described[] = [
  verified('/verify/nginx/', 'nginx'),
  verified('/verify/forward/', 'Traefik or Caddy'),
  verified('/verify/envoy/', 'Envoy'),
  described({
    method: 'GET',
    path: '/.well-known/doorward/jwks.json',
    tag: 'Metadata',
    summary: 'Read the public keys of the header that the gatekeeper signs',
    answers: z.object({ keys: z.array(z.looseObject({ kty: z.string() })) }),
  }),
]

const health: readonly Described[] = [
  described({
    method: 'GET',
    path: '/livez',
    tag: 'Operation',
    summary: 'Ask whether the process runs',
    answers: z.object({ status: z.literal('ok') }),
  }),
  described({
    method: 'GET',
    path: '/readyz',
    tag: 'Operation',
    summary: 'Ask whether the server can serve',
    answers: z.object({ status: z.literal('ok') }),
  }),
  described({
    method: 'GET',
    path: '/metrics',
    tag: 'Operation',
    summary: 'Read figures, as Prometheus has them',
    policy: 'whoever knows metricsToken, or asks from this machine',
    security: [],
    contentType: 'text/plain',
  }),
]
