import { as, nobody, offers, ok, refused, type AdapterCase, type RefusedOptions } from './adapter-case.contract.ts'

const invalidToken = ', error="invalid_token"'
const invalidRequest = ', error="invalid_request"'
const unclaimed = refused('invalid_token', { offers: offers({ bearer: invalidToken }) })
const badKey = refused('invalid_token', { offers: offers({ key: invalidToken }) })
const badPassword = refused('authentication_failed', { offers: offers() })

/** One for each way in. */
export const waysIn: readonly AdapterCase[] = [
  ['lets a session in', 'GET /me', ['cookie: {session}'], as('session')],
  ['lets a login and password in [B-BASIC-01]', 'GET /me', ['authorization: {basic}'], as('basic')],
  ['lets an opaque token in', 'GET /me', ['authorization: Token {token}'], as('token')],
  ['lets a JWT in', 'GET /me', ['authorization: Bearer {jwt}'], as('jwt')],
  ['lets a key in by its own header', 'GET /me', ['x-api-key: {key}'], as('apiKey')],
  ['lets a key in by its own scheme', 'GET /me', ['authorization: Api-Key {key}'], as('apiKey')],
  ['lets a key in as a bearer token', 'GET /me', ['authorization: Bearer {key}'], as('apiKey')],
  ['lets in whom a trusted proxy names', 'GET /me', ['remote-user: ada', 'x-proxy: {proxy}'], as('remoteUser')],
  ['lets in by an authenticator of one’s own', 'GET /badge', ['x-badge: 7'], as('badge', 'badge 7')],
  ['reads header names in any letter case', 'GET /me', ['X-API-KEY: {key}'], as('apiKey')],
  ['reads scheme names in any letter case', 'GET /me', ['authorization: bEARER {jwt}'], as('jwt')],
  [
    'takes the first way in by list order [B-PIPE-01 AK01]',
    'GET /me',
    ['authorization: Bearer {jwt}', 'cookie: {session}'],
    as('session'),
  ],
  ['finds a session in a second Cookie header', 'GET /me', ['cookie: theme=dark', 'cookie: {session}'], as('session')],
  ['lets in whatever the query is', 'GET /me?page=2&q=%20', ['authorization: Bearer {jwt}'], as('jwt')],
]

export const strangers: readonly AdapterCase[] = [
  ['asks a stranger for credentials, offering every scheme [B-PIPE-05 B-PIPE-19 AK02]', 'GET /me', [], nobody],
  ['treats an empty Authorization header as none', 'GET /me', ['authorization: '], nobody],
  ['skips a scheme that nobody here speaks [B-BASIC-10]', 'GET /me', ['authorization: Negotiate abc'], nobody],
  ['makes nobody of a session that is over', 'GET /me', ['cookie: {endedSession}'], nobody],
  ['does not believe a name that no trusted proxy sent [AK09]', 'GET /me', ['remote-user: ada'], nobody],
  ['does not read a token from the query', 'GET /me?access_token=abc', [], nobody],
  [
    'answers 403 where no authenticator has a challenge [B-PIPE-06 AK02]',
    'GET /sessions',
    [],
    refused('not_authenticated', { status: 403 }),
  ],
  [
    'offers no password box to what a page loads',
    'GET /me',
    ['sec-fetch-site: same-origin', 'sec-fetch-mode: cors'],
    refused('not_authenticated', { offers: offers().replace('Basic realm="api", charset="UTF-8", ', '') }),
  ],
]

/** Recognised, and no good. */
export const badCredentials: readonly AdapterCase[] = [
  ['refuses a wrong password', 'GET /me', ['authorization: {wrongBasic}'], badPassword],
  ['refuses an unknown login alike [B-BASIC-08]', 'GET /me', ['authorization: {unknownBasic}'], badPassword],
  ['refuses an inactive user alike [B-BASIC-09]', 'GET /me', ['authorization: {inactiveBasic}'], badPassword],
  [
    'refuses a token that was revoked',
    'GET /me',
    ['authorization: Token {revokedToken}'],
    refused('invalid_token', { offers: offers({ token: ' error="invalid_token"' }) }),
  ],
  [
    'lets a session in that is asked before a key, whatever the key [B-KEY-08]',
    'GET /me',
    ['x-api-key: {unknownKey}', 'cookie: {session}'],
    as('session'),
  ],
  [
    'refuses a key that is no good, whatever comes after it in the list [B-KEY-08]',
    'GET /keys',
    ['x-api-key: {unknownKey}', 'authorization: Bearer {jwt}'],
    refused('invalid_token', { offers: `Api-Key realm="api"${invalidToken}, Bearer realm="api"` }),
  ],
  ['refuses a key that is unknown [AK01]', 'GET /me', ['x-api-key: {unknownKey}'], badKey],
  ['refuses a key that is none', 'GET /me', ['x-api-key: hello'], badKey],
  [
    'refuses a JWT that has expired',
    'GET /me',
    ['authorization: Bearer {expiredJwt}'],
    badJwt('The token has expired.'),
  ],
  [
    'refuses a refresh token in place of an access token',
    'GET /me',
    ['authorization: Bearer {refreshJwt}'],
    badJwt('The token is of the type refresh, not access.'),
  ],
  ['refuses a JWT of an unknown issuer', 'GET /me', ['authorization: Bearer {foreignJwt}'], unclaimed],
  ['refuses a bearer token that nobody claims', 'GET /me', ['authorization: Bearer whatever'], unclaimed],
  [
    'refuses what an authenticator of one’s own refuses',
    'GET /badge',
    ['x-badge: x'],
    refused('unknown_badge', { detail: 'This badge is not known.', offers: 'Badge' }),
  ],
]

export const malformedHeaders: readonly AdapterCase[] = [
  [
    'refuses a scheme without a credential',
    'GET /me',
    ['authorization: Bearer'],
    malformed('The Authorization header has a scheme but no credential.', { bearer: invalidRequest }),
  ],
  [
    'refuses blanks inside a credential',
    'GET /me',
    ['authorization: Token a b'],
    malformed('The Authorization header has blanks inside the credential.', { token: ' error="invalid_request"' }),
  ],
  [
    'refuses Basic credentials that are not base64 [B-BASIC-05]',
    'GET /me',
    ['authorization: Basic %%%'],
    malformed('The Basic credentials are not base64.'),
  ],
  [
    'refuses a credential with bytes above ASCII',
    'GET /me',
    ['authorization: Bearer \u00e9\u00ff'],
    malformed('The credential in the Authorization header has characters that are not allowed.', {
      bearer: invalidRequest,
    }),
  ],
  [
    'refuses a huge credential',
    'GET /me',
    [`authorization: Bearer ${'a'.repeat(9000)}`],
    malformed('The credential in the Authorization header is too long.', { bearer: invalidRequest }),
  ],
  [
    'sees a doubled Authorization header, of which Node drops the second',
    'GET /me',
    ['authorization: Bearer {jwt}', 'authorization: Bearer {jwt}'],
    malformed('The Authorization header was sent more than once, or holds a comma.', { bearer: invalidRequest }),
  ],
  [
    'sees a second Authorization header behind a foreign scheme',
    'GET /me',
    ['authorization: Negotiate abc', 'authorization: Bearer {jwt}'],
    twice('The Authorization header was sent twice.'),
  ],
  [
    'sees a doubled key header',
    'GET /me',
    ['x-api-key: {key}', 'x-api-key: {key}'],
    twice('The header x-api-key was sent more than once.'),
  ],
  [
    'refuses two different keys',
    'GET /me',
    ['x-api-key: {key}', 'authorization: Bearer {readingKey}'],
    twice('The request carries two different API keys.'),
  ],
  [
    'refuses two different session cookies, in one header or two',
    'GET /me',
    ['cookie: {session}', 'cookie: sessionid=planted'],
    twice('The request carries two different values of the cookie sessionid.'),
  ],
  [
    'refuses a token in the header and in the query',
    'GET /me?access_token=x',
    ['authorization: Bearer {jwt}'],
    twice('The request carries an access token in more than one way.', {
      offers: `Bearer realm="api"${invalidRequest}`,
    }),
  ],
]

export const sideBySide: readonly AdapterCase[] = [
  ['takes a JWT with keys first in the list [B-PIPE-20]', 'GET /keys', ['authorization: Bearer {jwt}'], as('jwt')],
  ['takes a key with keys first in the list', 'GET /keys', ['authorization: Bearer {key}'], as('apiKey')],
  ['takes a JWT with JWTs first in the list', 'GET /jwts', ['authorization: Bearer {jwt}'], as('jwt')],
  ['takes a key with JWTs first in the list [B-PIPE-20]', 'GET /jwts', ['authorization: Bearer {key}'], as('apiKey')],
  [
    'refuses an unclaimed bearer token with keys first in the list',
    'GET /keys',
    ['authorization: Bearer x'],
    refused('invalid_token', { offers: `Api-Key realm="api"${invalidToken}, Bearer realm="api"` }),
  ],
  [
    'refuses an unclaimed bearer token with JWTs first in the list',
    'GET /jwts',
    ['authorization: Bearer x'],
    refused('invalid_token', { offers: `Bearer realm="api"${invalidToken}, Api-Key realm="api"` }),
  ],
  [
    'takes only the authenticators of a route that has its own',
    'GET /badge',
    ['authorization: Bearer {jwt}'],
    refused('not_authenticated', { offers: 'Badge' }),
  ],
  ['does not take those of another route', 'GET /me', ['x-badge: 7'], nobody],
  ['asks them about a thing too', 'PUT /badge/1', ['x-badge: 7'], ok({ via: 'badge', edited: '1' })],
  ['refuses a thing in their name', 'PUT /badge/2', ['x-badge: 7'], refused('permission_denied')],
]

function malformed(detail: string, said: Parameters<typeof offers>[0] = {}): ReturnType<typeof refused> {
  return refused('bad_authorization_header', { detail, offers: offers(said) })
}

function twice(detail: string, options: RefusedOptions = {}): ReturnType<typeof refused> {
  return refused('invalid_request', { detail, ...options })
}

/** `messages` is what clients of SimpleJWT look into. */
export function badJwt(detail: string): ReturnType<typeof refused> {
  return refused('token_not_valid', {
    detail,
    offers: offers({ bearer: invalidToken }),
    body: { messages: [{ token_class: 'AccessToken', token_type: 'access', message: detail }] },
  })
}
