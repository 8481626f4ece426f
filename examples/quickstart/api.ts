import { createHash } from 'node:crypto'
import {
  allowAny,
  allOf,
  anyOf,
  hasScopeByMethod,
  isAuthenticated,
  isAuthenticatedOrReadOnly,
  isOwner,
  isReadOnly,
  isStaff,
  isSuperuser,
  isUser,
  memoryCounters,
  RequestRefused,
  scoped,
  type Auth,
  type Permission,
} from 'doorward'
import { described, jsonAnswer, parseBody, type Described, type Exchange, type Route } from 'doorward/server'
import { z } from 'zod'

interface Note {
  readonly id: string
  readonly ownerId: string
  text: string
}

/** The API of the quick start: small routes that show each policy. Every way in opens each of them. */
export function quickstartApi(auth: Auth, owners: { readonly ada: string; readonly bob: string }): readonly Route[] {
  const clients = [{ id: '1', name: 'First client' }]
  const notes = new Map<string, Note>([
    ['1', { id: '1', ownerId: owners.ada, text: 'A note of Ada' }],
    ['2', { id: '2', ownerId: owners.bob, text: 'A note of Bob' }],
  ])
  const metered = auth.with({ throttles: [scoped('uploads', '5/min', { counters: memoryCounters() })] })

  return [
    ...['protected', 'data'].map((name): Route => guarded(auth, name, isAuthenticated, { GET: seen })),
    {
      path: '/api/clients/',
      // Reading is for everyone who is known, writing for staff.
      guard: async (request) => auth.require(request, mayEditClients),
      operations: told('/api/clients/', mayEditClients, {
        GET: 'List the clients of the example',
        POST: 'Add a client to the example',
      }),
      methods: {
        GET: async () => jsonAnswer(clients),
        POST: async (request) => {
          const { name } = await fields(request)
          const client = { id: String(clients.length + 1), name: typeof name === 'string' ? name : 'unnamed' }
          clients.push(client)
          return jsonAnswer(client, 201)
        },
      },
    },
    guarded(auth, 'staff', isStaff, { GET: seen }),
    guarded(auth, 'superuser', isSuperuser, { GET: seen }),
    guarded(auth, 'people', isUser, { GET: seen }),
    guarded(auth, 'chats', allOf(isAuthenticated, hasScopeByMethod({ read: 'read', write: 'write' })), {
      GET: seen,
      POST: created,
    }),
    guarded(auth, 'news', isAuthenticatedOrReadOnly, { GET: seen, POST: created }),
    guarded(auth, 'open', allowAny, { GET: seen, POST: created }),
    {
      path: '/api/uploads/',
      guard: async (request) => metered.require(request),
      methods: { GET: seen, POST: created },
      operations: told('/api/uploads/', isAuthenticated, {
        GET: 'Look at uploads',
        POST: 'Upload, five times a minute',
      }),
      door: metered,
    },
    ...[...notes.values()].map((note) => noteRoute(auth, notes, note.id)),
  ]
}

const mayEditClients = anyOf(allOf(isAuthenticated, isReadOnly), isStaff)
const mayEdit = anyOf(isOwner('ownerId'), isStaff)

function noteRoute(auth: Auth, notes: Map<string, Note>, id: string): Route {
  const wanted = (): Note => {
    const note = notes.get(id)
    if (note === undefined) throw new RequestRefused('not_found')
    return note
  }
  return {
    path: `/api/notes/${id}/`,
    guard: async (request) => auth.require(request),
    operations: [
      ...told(`/api/notes/${id}/`, isAuthenticated, { GET: `Read note ${id}` }),
      described({
        method: 'PUT',
        path: `/api/notes/${id}/`,
        tag: 'Quick start',
        summary: `Change note ${id}`,
        rules: [isAuthenticated, mayEdit],
        body: z.looseObject({ text: z.string() }),
      }),
    ],
    methods: {
      GET: async () => jsonAnswer(wanted()),
      PUT: async (request) => {
        const note = wanted()
        await auth.require(request, mayEdit, note)
        const { text } = await fields(request)
        if (typeof text === 'string') note.text = text.slice(0, 1000)
        return jsonAnswer(note)
      },
      DELETE: async (request) => {
        await auth.require(request, mayEdit, wanted())
        notes.delete(id)
        return { status: 204, headers: [], body: '' }
      },
    },
  }
}

function guarded(auth: Auth, name: string, policy: Permission, methods: Route['methods']): Route {
  const path = `/api/${name}/`
  const summaries = Object.keys(methods).map((method) => [method, `${method === 'GET' ? 'Read' : 'Write'} ${name}`])
  const operations = told(path, policy, Object.fromEntries(summaries) as Readonly<Record<string, string>>)
  return { path, guard: async (request) => auth.allow(request, policy), methods, operations }
}

/** What stands about a route on the pages under `/api/`, and in the OpenAPI document. */
function told(path: string, permission: Permission, summaries: Readonly<Record<string, string>>): readonly Described[] {
  return Object.entries(summaries).map(([method, summary]) =>
    described({
      method: method as Described['method'],
      path,
      tag: 'Quick start',
      summary,
      permission,
      ...(method === 'POST' ? { body: z.looseObject({ name: z.string().optional() }), status: 201 } : {}),
    }),
  )
}

async function seen(): ReturnType<Route['methods'][string]> {
  return jsonAnswer({ ok: true })
}

/** Answers with what was sent, so that a caller sees that it arrived. */
async function created(request: Exchange): ReturnType<Route['methods'][string]> {
  const body = await fields(request)
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return jsonAnswer({ ok: true, fields: Object.keys(body), sha256: digest }, 201)
}

async function fields(request: Exchange): Promise<Readonly<Record<string, unknown>>> {
  return parseBody(request.headers.get('content-type'), await request.body())
}
