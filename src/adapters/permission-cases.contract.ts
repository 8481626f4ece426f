import { as, nobody, offers, ok, refused, withoutBody, type AdapterCase } from './adapter-case.contract.ts'
import { badJwt } from './credential-cases.contract.ts'

const denied = refused('permission_denied')
const lacksScope = refused('insufficient_scope', { detail: 'This needs the scope notes:write.' })
const csrfFailed = refused('csrf_failed', { detail: 'The CSRF token is not that of this session.' })
const csrfMissing = refused('csrf_failed', { detail: 'The CSRF token is missing.' })
const form = 'content-type: application/x-www-form-urlencoded'

export const permissions: readonly AdapterCase[] = [
  ['lets staff where staff may', 'GET /staff', ['cookie: {session}'], as('session')],
  ['refuses those who are not staff [B-PIPE-07]', 'GET /staff', ['authorization: Bearer {jwt}'], denied],
  ['asks a stranger who they are before it says what they may', 'GET /staff', [], nobody],
  ['lets a token with the scope in', 'GET /writing', ['authorization: Bearer {jwt}'], as('jwt')],
  ['lets a session in whatever the scope', 'GET /writing', ['cookie: {session}'], as('session')],
  [
    'tells a bearer token which scope it lacks',
    'GET /writing',
    ['authorization: Bearer {readingJwt}'],
    refused('insufficient_scope', {
      detail: 'This needs the scope notes:write.',
      offers: 'Bearer realm="api", error="insufficient_scope", scope="notes:write"',
    }),
  ],
  ['offers no bearer challenge to a key that lacks a scope', 'GET /writing', ['x-api-key: {readingKey}'], lacksScope],
]

/** What is asked once a handler has loaded something. */
export const things: readonly AdapterCase[] = [
  ['lets an owner change their thing', 'PUT /notes/1', ['cookie: {session}', 'x-csrftoken: {csrf}'], edited('session')],
  ['lets an owner change it by another way in', 'PUT /notes/1', ['authorization: Bearer {jwt}'], edited('jwt')],
  ['refuses to change the thing of somebody else', 'PUT /notes/2', ['authorization: Bearer {jwt}'], denied],
  ['refuses to change a thing of nobody', 'PUT /notes/3', ['authorization: Bearer {jwt}'], denied],
  ['refuses a stranger before a thing is loaded', 'PUT /notes/1', [], nobody],
  ['lets strangers see a thing that is public', 'GET /notes/2', [], ok({ read: '2', by: null })],
  ['asks strangers who they are for one that is not', 'GET /notes/3', [], nobody],
  ['refuses those whom it is not for', 'GET /notes/3', ['authorization: Bearer {jwt}'], denied],
]

export const openRoutes: readonly AdapterCase[] = [
  ['lets strangers through an open route [B-PIPE-04]', 'GET /news', [], ok({ stranger: true })],
  ['knows who comes through an open route', 'GET /news', ['authorization: Bearer {jwt}'], as('jwt')],
  [
    'refuses bad credentials on an open route [B-PIPE-02 B-PIPE-03 AK01]',
    'GET /news',
    ['authorization: Bearer {expiredJwt}'],
    badJwt('The token has expired.'),
  ],
  [
    'refuses an unclaimed bearer token on an open route',
    'GET /news',
    ['authorization: Bearer x'],
    refused('invalid_token', { offers: offers({ bearer: ', error="invalid_token"' }) }),
  ],
  ['asks strangers whom an open route does not admit', 'POST /news', [], nobody],
  ['refuses others whom an open route does not admit', 'POST /news', ['authorization: Bearer {jwt}'], denied],
  ['leaves a route without a gate alone', 'GET /free', ['authorization: Bearer x'], ok({ free: true })],
]

export const crossSite: readonly AdapterCase[] = [
  ['refuses an unsafe request of a session without a CSRF token', 'POST /me', ['cookie: {session}'], csrfMissing],
  ['takes the CSRF token from a header', 'POST /me', ['cookie: {session}', 'x-csrftoken: {csrf}'], as('session')],
  [
    'takes the CSRF token from a form',
    'POST /me',
    ['cookie: {session}', form],
    as('session'),
    'a=1&csrfmiddlewaretoken={csrf}',
  ],
  [
    'takes the CSRF token from a header before a form is read',
    'POST /me',
    ['cookie: {session}', form, 'x-csrftoken: {csrf}'],
    as('session'),
    'a=1',
  ],
  ['refuses a form with another', 'POST /me', ['cookie: {session}', form], csrfFailed, 'csrfmiddlewaretoken=guessed'],
  ['refuses a form without one', 'POST /me', ['cookie: {session}', form], csrfMissing, 'a=1'],
  [
    'refuses a form with two',
    'POST /me',
    ['cookie: {session}', form],
    csrfMissing,
    'csrfmiddlewaretoken={csrf}&csrfmiddlewaretoken={csrf}',
  ],
  [
    'refuses a request from another origin, with the token too',
    'POST /me',
    ['cookie: {session}', 'x-csrftoken: {csrf}', 'origin: https://evil.example'],
    refused('csrf_failed', { detail: 'The origin of the request is not this site and not a trusted one.' }),
  ],
  ['asks a form without a cookie for credentials', 'POST /me', [form], nobody, 'a=1'],
  ['needs no CSRF token beside a bearer token', 'POST /me', [form, 'authorization: Bearer {jwt}'], as('jwt'), 'a=1'],
]

export const methods: readonly AdapterCase[] = [
  ['refuses HEAD as it does GET, without the body [B-PIPE-21]', 'HEAD /me', [], withoutBody(nobody)],
  ['guards OPTIONS too [B-PIPE-21]', 'OPTIONS /me', [], nobody],
  ['lets OPTIONS in', 'OPTIONS /me', ['authorization: Bearer {jwt}'], as('jwt')],
  [
    'answers for refusals of routes without a gate',
    'PATCH /free',
    [],
    refused('method_not_allowed', { headers: { allow: 'GET' } }),
  ],
  [
    'answers 503 where something is gone, with when to try again',
    'GET /gone',
    [],
    refused('unavailable', { headers: { 'retry-after': '1' } }),
  ],
]

/** A router asks for staff, and a route behind it for a scope. */
export const routers: readonly AdapterCase[] = [
  ['guards a whole router', 'GET /inner/hall', [], nobody],
  ['lets in those whom a router admits', 'GET /inner/hall', ['cookie: {session}'], ok({ hall: true })],
  ['refuses those whom a router does not admit', 'GET /inner/vault', ['authorization: Bearer {jwt}'], denied],
  ['asks the gate of a route behind that of its router', 'GET /inner/vault', ['x-api-key: {readingKey}'], lacksScope],
  ['lets in those whom both admit', 'GET /inner/vault', ['x-api-key: {key}'], as('apiKey')],
]

function edited(via: string): ReturnType<typeof ok> {
  return ok({ via, edited: '1' })
}
