import type { Auth } from '../core/auth.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Permission } from '../core/permission.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import type { ClientListOptions, Clients } from '../oauth/clients.ts'
import { allOf } from '../permissions/all-of.ts'
import { hasScope } from '../permissions/has-scope.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { actorOf, type By } from '../tokens/owner.ts'
import { clientAnswer, givenClientIn, invalid, namedOnWire } from './client-answers.ts'

export interface ClientsApiOptions {
  readonly auth: Pick<Auth, 'require'>
  readonly clients: Clients
  /** Where it is (/api/admin/clients/). */
  readonly path?: string
}

/** What is at the path and below it. */
export interface ClientsApi {
  readonly path: string
  readonly takesPathsBelow: true
  readonly guard: (request: Exchange) => Promise<unknown>
  readonly methods: Readonly<Record<string, Endpoint>>
}

/** A member of staff; an API key or a token that was given to an application needs the scope as well. */
const mayAdminister: Permission = allOf(isStaff, hasScope('admin'))

/**
 * The clients of the authorization server, for administrators: `GET` and `POST` on the path; `GET`, `PATCH`, `PUT` and
 * `DELETE` on that of a client; `POST` on what can be done with it. Members have the names of RFC 7591.
 */
export function clientsApi({ auth, clients, path = '/api/admin/clients/' }: ClientsApiOptions): ClientsApi {
  const onAll: Methods = {
    GET: async ({ request }) => {
      const { clients: page, next } = await clients.list(listOptions(request))
      return jsonAnswer({ clients: page.map(clientAnswer), next })
    },
    POST: async ({ request, by }) => {
      const members = await bodyOf(request)
      const {
        owner = null,
        client_id: identifier,
        client_secret: secret,
      } = texts(members, ['owner', 'client_id', 'client_secret'])
      const made = await namedOnWire(
        clients.create(givenClientIn(members, ['owner', 'client_id', 'client_secret']), {
          by,
          owner,
          ...(identifier === undefined ? {} : { identifier }),
          ...(secret === undefined ? {} : { secret }),
        }),
      )
      return jsonAnswer({ ...clientAnswer(made.client), ...shown(made.secret) }, 201)
    },
  }

  const onOne: Methods = {
    GET: async ({ id }) => {
      const client = await clients.find(id)
      if (client === null) throw new RequestRefused('not_found')
      return jsonAnswer(clientAnswer(client))
    },
    PATCH: async ({ id, by, request }) => {
      const { client, secret } = await namedOnWire(clients.update(id, givenClientIn(await bodyOf(request)), { by }))
      return jsonAnswer({ ...clientAnswer(client), ...shown(secret) })
    },
    PUT: async ({ id, by, request }) => {
      const { client, secret } = await namedOnWire(clients.replace(id, givenClientIn(await bodyOf(request)), { by }))
      return jsonAnswer({ ...clientAnswer(client), ...shown(secret) })
    },
    DELETE: async ({ id, by }) => {
      await clients.delete(id, { by })
      return { status: 204, headers: [], body: '' }
    },
  }

  const actions: Readonly<Record<string, Handler>> = {
    'rotate-secret': async ({ id, by, request }) => {
      const overlap = overlapIn(await bodyOf(request))
      const { client, secret } = await clients.startSecretRotation(id, { by, ...overlap })
      return jsonAnswer({ ...clientAnswer(client), ...shown(secret) })
    },
    'finish-rotation': async ({ id, by }) => jsonAnswer(clientAnswer(await clients.finishSecretRotation(id, { by }))),
    'cancel-rotation': async ({ id, by }) => jsonAnswer(clientAnswer(await clients.cancelSecretRotation(id, { by }))),
    disable: async ({ id, by }) => jsonAnswer(clientAnswer(await clients.disable(id, { by }))),
    enable: async ({ id, by }) => jsonAnswer(clientAnswer(await clients.enable(id, { by }))),
  }

  /** What can be asked at a path: all clients, one, or something that is done with one. */
  function methodsAt(words: readonly string[]): Methods {
    const [id, action, more] = words
    if (id === undefined) return onAll
    if (action === undefined) return onOne
    const handler = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (handler === undefined || more !== undefined) throw new RequestRefused('not_found')
    return { POST: handler }
  }

  const answer: Endpoint = async (request) => {
    const { principal } = await auth.require(request, mayAdminister)
    const { address, requestId = null } = request
    const words = wordsBelow(path, request.url)
    const methods = methodsAt(words)
    const handler = methods[request.method === 'HEAD' ? 'GET' : request.method]
    if (handler === undefined) {
      const allow = [...Object.keys(methods), 'OPTIONS'].join(', ')
      throw new RequestRefused('method_not_allowed', undefined, { headers: { allow } })
    }
    return handler({ request, id: words[0] ?? '', by: { actor: actorOf(principal), address, requestId } })
  }

  return {
    path,
    takesPathsBelow: true,
    guard: async (request) => auth.require(request, mayAdminister),
    methods: { GET: answer, POST: answer, PATCH: answer, PUT: answer, DELETE: answer },
  }
}

interface Asked {
  readonly request: Exchange
  readonly id: string
  readonly by: By
}

type Handler = (asked: Asked) => Promise<Answer>
type Methods = Readonly<Record<string, Handler>>

/** The words of a path below another, decoded. A `client_id` may hold a slash, which is sent as `%2F`. */
function wordsBelow(path: string, url: string): readonly string[] {
  try {
    return partsOf(url)
      .path.slice(path.length)
      .split('/')
      .filter((word) => word !== '')
      .map(decodeURIComponent)
  } catch {
    throw new RequestRefused('not_found')
  }
}

/** Path and query of a request target, of the absolute form too (RFC 9112, section 3.2.2). */
function partsOf(url: string): { readonly path: string; readonly query: string } {
  const [, path = '', query = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*)?([^?#]*)\??([^#]*)/i.exec(url) ?? []
  return { path, query }
}

async function bodyOf(request: Exchange): Promise<BodyFields> {
  return parseBody(request.headers.get('content-type'), await request.body())
}

/** A secret that was made just now is shown this once. */
function shown(secret: string | null): { readonly client_secret?: string } {
  return secret === null ? {} : { client_secret: secret }
}

/** Members that are texts, or left out. */
function texts<Name extends string>(members: BodyFields, names: readonly Name[]): { readonly [key in Name]?: string } {
  const given = names.filter((name) => (members[name] ?? null) !== null)
  const wrong = given.filter((name) => typeof members[name] !== 'string')
  if (wrong.length > 0) throw invalid(Object.fromEntries(wrong.map((name) => [name, ['It has to be a text.']])))
  return Object.fromEntries(given.map((name) => [name, members[name]])) as { readonly [key in Name]?: string }
}

/** For how many seconds the old secret goes on; `null`: until the rotation is finished. */
function overlapIn({ overlap }: BodyFields): { readonly overlap?: number | null } {
  if (overlap === undefined) return {}
  if (overlap === null || (Number.isSafeInteger(overlap) && (overlap as number) >= 0 && (overlap as number) <= year)) {
    return { overlap: overlap as number | null }
  }
  throw invalid({ overlap: ['It has to be a number of seconds up to a year, or null for no end.'] })
}

const year = 31_536_000

function listOptions(request: Exchange): ClientListOptions {
  const sent = new URLSearchParams(partsOf(request.url).query)
  const [owner, after, limit] = ['owner', 'after', 'limit'].map((name) => sent.get(name))
  if (limit !== null && limit !== undefined && !/^[1-9][0-9]{0,2}$/.test(limit)) {
    throw invalid({ limit: ['It has to be a number from 1 to 200.'] })
  }
  return {
    ...(typeof owner === 'string' ? { owner } : {}),
    ...(typeof after === 'string' ? { after } : {}),
    ...(typeof limit === 'string' ? { limit: Number(limit) } : {}),
  }
}
