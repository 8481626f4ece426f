import { z } from 'zod'
import { described } from '../api/described.ts'
import type { Described } from '../api/operation.ts'

/** What is told about the authorization server. Its own metadata tells clients more: `/.well-known/oauth-authorization-server`. */
export function describedOAuth(): readonly Described[] {
  const post = (path: string, summary: string, fields: z.core.$ZodLooseShape, answers: z.ZodType | null): Described =>
    described({
      method: 'POST',
      path: `/o/${path}/`,
      tag: 'Authorization server',
      summary,
      policy: 'a client that authenticates (RFC 6749, section 2.3)',
      security: [],
      shows: 'client',
      errors: 'oauth',
      bodyType: form,
      body: z.looseObject({ ...client, ...fields }),
      answers,
    })

  return [
    page('/o/authorize/', 'Ask a user to allow a client something (RFC 6749, section 4.1)', {
      client_id: text('The client.'),
      response_type: text('code.'),
      redirect_uri: text('Where the answer goes.').optional(),
      scope: text('What is asked for, with spaces between.').optional(),
      state: text('Comes back with the answer.').optional(),
      code_challenge: text('S256 (RFC 7636).').optional(),
      code_challenge_method: text('S256.').optional(),
      resource: text('Whom the tokens are for (RFC 8707).').optional(),
    }),
    post('token', 'Get tokens for a grant (RFC 6749, section 3.2)', { grant_type: z.string(), ...grantFields }, tokens),
    post('revoke_token', 'Give a token back (RFC 7009)', { token: z.string() }, null),
    post('introspect', 'Ask what a token is (RFC 7662)', { token: z.string() }, introspected),
    post(
      'par',
      'Push an authorization request (RFC 9126)',
      {},
      z.looseObject({ request_uri: z.string(), expires_in: z.int() }),
    ),
    post(
      'device-authorization',
      'Begin at a device without a keyboard (RFC 8628)',
      { scope: z.string().optional() },
      device,
    ),
    described({
      method: 'POST',
      path: '/o/register/',
      tag: 'Authorization server',
      summary: 'Register a client (RFC 7591)',
      policy: 'whoever has an initial access token, or everybody where registration is open (RFC 7591, section 3)',
      security: [],
      shows: 'bearer',
      errors: 'oauth',
      body: z.looseObject({
        client_name: text('What people read when they are asked.').optional(),
        redirect_uris: z.array(z.string()).optional(),
        grant_types: z.array(z.string()).optional(),
        token_endpoint_auth_method: text('none for clients that can keep no secret.').optional(),
        scope: text('What it may ask for, with spaces between.').optional(),
      }),
      status: 201,
      answers: z.looseObject({ client_id: z.string() }),
    }),
    page('/o/device/', 'Type in the code that a device shows (RFC 8628, section 3.3)', {}),
    page('/o/logout/', 'Sign out, sent by a client (OpenID Connect RP-Initiated Logout 1.0)', {
      id_token_hint: text('An ID token of the user.').optional(),
      post_logout_redirect_uri: text('Where to go afterwards.').optional(),
    }),
    described({
      method: 'GET',
      path: '/o/userinfo/',
      tag: 'Authorization server',
      summary: 'Read the claims about the user of an access token (OpenID Connect Core 1.0, section 5.3)',
      policy: "hasScope('openid')",
      security: ['oauth2'],
      shows: 'bearer',
      errors: 'oauth',
      answers: z.looseObject({ sub: z.string() }),
    }),
    metadata('/o/jwks.json', 'Read the public keys that tokens are signed with (RFC 7517, section 5)', jwks),
    metadata(
      '/.well-known/openid-configuration',
      'Read what the provider can do (OpenID Connect Discovery 1.0)',
      issuer,
    ),
    metadata('/.well-known/oauth-authorization-server', 'Read what the authorization server can do (RFC 8414)', issuer),
    metadata(
      '/.well-known/oauth-protected-resource',
      'Read which authorization server the API trusts (RFC 9728)',
      z.looseObject({ resource: z.string() }),
    ),
  ]
}

const form = 'application/x-www-form-urlencoded'

const text = (description: string) => z.string().meta({ description })

function page(path: string, summary: string, query: Described['query']): Described {
  return described({
    method: 'GET',
    path,
    tag: 'Authorization server',
    summary,
    description: 'A page for people, who sign in first.',
    query,
    contentType: 'text/html',
  })
}

function metadata(path: string, summary: string, answers: z.ZodType): Described {
  return described({ method: 'GET', path, tag: 'Metadata', summary, answers })
}

const client = {
  client_id: text('The client, where it authenticates in the body or not at all.').optional(),
  client_secret: text('Its secret, where it authenticates in the body.').optional(),
}
const grantFields = {
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  refresh_token: z.string().optional(),
  device_code: z.string().optional(),
  scope: z.string().optional(),
}
const tokens = z
  .looseObject({
    access_token: z.string(),
    token_type: z.string(),
    expires_in: z.int(),
    refresh_token: z.string().optional(),
    scope: z.string().optional(),
    id_token: z.string().optional(),
  })
  .meta({ id: 'TokenAnswer', description: 'RFC 6749, section 5.1.' })
const introspected = z
  .looseObject({ active: z.boolean() })
  .meta({ id: 'Introspection', description: 'RFC 7662, section 2.2.' })
const device = z.looseObject({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.int(),
})
const issuer = z.looseObject({ issuer: z.string() })
const jwks = z
  .object({ keys: z.array(z.looseObject({ kty: z.string() })) })
  .meta({ id: 'Jwks', description: 'RFC 7517, section 5.' })
