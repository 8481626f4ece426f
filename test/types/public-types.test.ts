import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import {
  accessToken,
  allOf,
  anyOf,
  apiKey,
  AuthenticationFailed,
  basic,
  bearer,
  clientCertificate,
  createAuth,
  filterFor,
  hasScope,
  isOwner,
  isStaff,
  jwt,
  matches,
  objectPermissions,
  permission,
  PermissionDenied,
  perPrincipal,
  remoteUser,
  RequestRefused,
  scoped,
  sessionCookie,
  token,
} from 'doorward'
import type {
  AccessTokenAuth,
  ApiKeyAuth,
  Auth,
  Authenticator,
  AuthRequest,
  Client,
  ErrorCode,
  Identity,
  JwtAuth,
  Permission,
  ServiceAccount,
  SessionAuth,
  Throttle,
  User,
} from 'doorward'
import { defineConfig } from 'doorward/config'
import type { Instance } from 'doorward/server'
import type { TestDoorward, TestServiceAccount, TestUser } from 'doorward/testing'

// What is asked of the compiler stands in functions that nothing calls: `tsc` checks this file as every other.

interface Note {
  readonly ownerId: string
  readonly text: string
}

declare const instance: Instance
declare const request: Request
declare const note: Note
declare const peers: (request: AuthRequest) => boolean
declare const grants: {
  readonly find: (text: string) => Promise<{ readonly principal: User | Client; readonly auth: AccessTokenAuth } | null>
}

/** Fails to compile unless both are one type. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the two are compared with each other
function same<A, B>(_proof: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false): void {}

function ofIdentities(): void {
  const auth = createAuth({
    authenticators: [
      sessionCookie({ sessions: instance.sessions, csrf: instance.csrf }),
      token({ tokens: instance.apiTokens }),
      jwt({ verifier: instance.pairs.accessVerifier }),
      jwt({ name: 'partner', verifier: instance.pairs.accessVerifier, principal: () => null as Client | null }),
      apiKey({ keys: instance.apiKeys }),
      accessToken({ recognises: () => true, find: grants.find }),
      basic({ passwords: instance.passwords }),
    ],
  })
  type Who = Exclude<Awaited<ReturnType<typeof auth.identify>>, null>
  same<Who['via'], 'session' | 'token' | 'jwt' | 'partner' | 'apiKey' | 'oauth2' | 'basic'>(true)

  void auth.require(request).then((identity) => {
    same<typeof identity, Who>(true)
    if (identity.via === 'session') {
      same<typeof identity.principal, User>(true)
      void (identity.auth satisfies SessionAuth)
    } else if (identity.via === 'jwt') {
      same<typeof identity.principal, User | Client>(true)
      same<typeof identity.auth, JwtAuth>(true)
    } else if (identity.via === 'partner') same<typeof identity.principal, Client>(true)
    else if (identity.via === 'apiKey') same<typeof identity.principal, User | ServiceAccount>(true)
    else if (identity.via === 'oauth2') same<typeof identity.auth, AccessTokenAuth>(true)
    else if (identity.via === 'basic') same<typeof identity.auth, null>(true)
    // @ts-expect-error -- no authenticator has this name
    void (identity.via === 'cookie')
    // @ts-expect-error -- not every credential has scopes
    void identity.auth.scopes
    // @ts-expect-error -- service accounts and clients have no e-mail address
    void identity.principal.email
    // @ts-expect-error -- who it is does not change under way
    identity.via = 'session'
  })
  void auth.identify(request).then((identity) => same<typeof identity, Who | null>(true))
  void auth.allow(request, isStaff).then((identity) => same<typeof identity, Who | null>(true))
  // @ts-expect-error -- what strangers may do is for a permission to say
  void auth.allow(request)

  const keys = auth.with({ authenticators: [apiKey({ keys: instance.apiKeys })] })
  void keys.require(request).then((identity) => {
    same<typeof identity.via, 'apiKey'>(true)
    return identity.auth satisfies ApiKeyAuth
  })
  void auth
    .with({ permission: isStaff, throttles: [] })
    .require(request)
    .then((identity) => same<typeof identity, Who>(true))
  // @ts-expect-error -- there is no such override
  auth.with({ throttle: [] })
}

function ofRequests(incoming: IncomingMessage, auth: Auth): void {
  void auth.identify(request)
  void auth.identify({ method: 'GET', url: '/', headers: new Headers() })
  // @ts-expect-error -- headers of Node are no `get`: the adapter makes a request of it
  void auth.identify(incoming)
  // @ts-expect-error -- a URL alone is no request
  void auth.identify('/')
}

function ofPermissions(auth: Auth): void {
  const mayEdit = anyOf(isOwner('ownerId'), isStaff)
  const ofNotes = objectPermissions<Note>({ read: isStaff, change: mayEdit })
  const isLong: Permission<Identity | null, Note> = permission(
    { name: 'isLong' },
    async ({ resource }) => resource.text !== '',
  )
  void auth.require(request, mayEdit, note)
  void auth.require(request, allOf(isLong, mayEdit), note)
  void auth.require(request, ofNotes, note)
  void auth.require(request, hasScope('read'))
  // @ts-expect-error -- the field is not there
  void auth.require(request, isOwner('author'), note)
  // @ts-expect-error -- the permission asks about a note
  void auth.require(request, isLong, { text: 7 })
  // @ts-expect-error -- what it asks about has to be handed over
  void auth.require(request, isLong)
  // @ts-expect-error -- here too
  void auth.allow(request, isLong)
  // @ts-expect-error -- one of things is no policy for requests
  createAuth({ authenticators: [], permission: isLong })
  // @ts-expect-error -- an answer that is not waited for would be truthy: permissions give promises
  void auth.require(request, () => true)
  // @ts-expect-error -- so do those that are given a name
  permission({ name: 'isSync' }, () => true)
  // @ts-expect-error -- a function is to be called, not looked at
  void auth.require(request, hasScope)

  // Rows may be of an interface: nobody has to give them an index signature.
  matches(filterFor(mayEdit, null), note)
  // @ts-expect-error -- a row is an object
  matches(true, 'note')
}

function ofAuthenticators(): void {
  const found = { principal: { kind: 'client', id: '1', name: 'one' } as const, auth: null }
  const fine: Authenticator<'own', Client, null> = { name: 'own', authenticate: async () => found }
  createAuth({ authenticators: [fine] })
  createAuth({ authenticators: [{ name: 'inline', authenticate: async () => found }] })
  // @ts-expect-error -- it answers with a promise
  createAuth({ authenticators: [{ name: 'own', authenticate: () => found }] })
  // @ts-expect-error -- it has a name, which becomes `via`
  createAuth({ authenticators: [{ authenticate: async () => found }] })
  const kindless = async () => ({ principal: { id: '1', name: 'one' }, auth: null })
  // @ts-expect-error -- a principal has a kind
  createAuth({ authenticators: [{ name: 'own', authenticate: kindless }] })
  // @ts-expect-error -- a challenge is a scheme with parameters, not a text that could break out of its header
  createAuth({ authenticators: [{ ...fine, challenge: () => 'Own realm="x"' }] })
  // @ts-expect-error -- there is always a list
  createAuth({})
}

function ofOptions(): void {
  const { accessVerifier: verifier } = instance.pairs
  const keys = async (): Promise<null> => null
  jwt({ keys, issuer: null, audience: null })
  // @ts-expect-error -- whom tokens are for is said, if only to say that it does not matter
  jwt({ keys, issuer: 'https://id.example' })
  // @ts-expect-error -- and who issues them
  jwt({ keys, audience: 'https://api.example' })
  // @ts-expect-error -- a verifier has its keys
  jwt({ verifier, keys })
  // @ts-expect-error -- whose word counts has no default
  remoteUser({ users: instance.usersByName })
  clientCertificate({ source: { from: 'tls' }, find: instance.clientCertificates.find })
  clientCertificate({ source: { from: 'nginx', peers }, find: instance.clientCertificates.find })
  // @ts-expect-error -- nor has it here
  clientCertificate({ source: { from: 'nginx' }, find: instance.clientCertificates.find })
  // @ts-expect-error -- tokens of others are told from one's own by their shape
  bearer({ name: 'device', find: async () => null })
  // @ts-expect-error -- a scope is one bucket for all its routes
  scoped('uploads', '5/min')
  // @ts-expect-error -- there is no such option: a mistyped one must not pass for the default
  perPrincipal('5/min', { counter: null })
  // @ts-expect-error -- a throttle answers with a promise
  void ({ name: 'own', stage: 'after', take: () => null, peek: async () => null } satisfies Throttle)
  defineConfig({ publicUrl: 'https://id.example', sessionIdle: '2h' })
  // @ts-expect-error -- there is no such setting
  defineConfig({ publicURL: 'https://id.example' })
}

function ofErrors(code: ErrorCode): void {
  // Own authenticators and permissions have codes of their own …
  void [new AuthenticationFailed('badge_lost'), new PermissionDenied('project_archived', 'It is archived.')]
  // @ts-expect-error -- … but a refusal of Doorward's, whose status follows from the code, has none
  void new RequestRefused('project_archived')
  void new RequestRefused(code)
  // @ts-expect-error -- codes are a closed union
  void (code === 'project_archived')
}

async function ofTesting(door: TestDoorward, user: TestUser, machine: TestServiceAccount): Promise<void> {
  await door.clock.advance('2h')
  await door.clock.advance(250)
  // @ts-expect-error -- a duration has one of five units
  await door.clock.advance('2 weeks')
  await door.as(user, 'jwt')
  await door.as(machine)
  // @ts-expect-error -- there is no such credential
  await door.as(user, 'oauth2')
  // @ts-expect-error -- a principal alone has no password to sign in with
  await door.as({ kind: 'user', id: '1', name: 'ada' })
  // @ts-expect-error -- it is counted, not set
  door.queries.reads = 0
}

describe('the public types', () => {
  it('are held to the comments above by the compiler', () => {
    assert.ok(
      [ofIdentities, ofRequests, ofPermissions, ofAuthenticators, ofOptions, ofErrors, ofTesting].every(
        (held) => held.length < 4,
      ),
    )
  })
})
