import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { permission, type Permission } from '../core/permission.ts'
import type { Identity } from '../core/identity.ts'
import { allowAny } from '../permissions/allow-any.ts'
import { allOf } from '../permissions/all-of.ts'
import { isAuthenticated } from '../permissions/is-authenticated.ts'
import { isOwner } from '../permissions/is-owner.ts'
import { isReadOnly } from '../permissions/is-read-only.ts'
import { isStaff } from '../permissions/is-staff.ts'
import type { TestUser } from '../testing/test-credentials.ts'
import { createTestDoorward, type TestDoorward } from '../testing/test-doorward.ts'
import { json, nothing } from './answering.ts'
import { createCursors } from './cursors.ts'
import { operation, type Operation } from './operation.ts'
import { operationsRoute } from './operations-route.ts'

interface Note {
  readonly id: string
  readonly ownerId: string
  readonly locked: boolean
}

const notes = new Map<string, Note>()
const note = z.object({ id: z.string(), text: z.string() })
const unlocked: Permission<Identity | null, Note> = permission(
  { name: 'unlocked' },
  async ({ resource }) => !resource.locked,
)

const one = {
  tag: 'Notes',
  permission: isAuthenticated,
  params: { id: z.string().regex(/^[0-9]+$/) },
  object: {
    find: async ({ path }: { path: { id: string } }) => notes.get(path.id) ?? null,
    seenBy: isOwner('ownerId'),
    permission: unlocked,
  },
} as const

const operations: readonly Operation[] = [
  operation({
    tag: 'Notes',
    permission: allOf(isAuthenticated, isReadOnly),
    method: 'GET',
    path: '/api/notes/',
    summary: 'List notes',
    isPaged: true,
    query: { mine: z.enum(['true', 'false']).optional() },
    answer: json(z.object({ notes: z.array(z.string()), next: z.string().nullable() })),
    handler: async ({ page: { limit, after: start } }) => {
      const ids = [...notes.keys()].filter((id) => start === undefined || id > start)
      return { notes: ids.slice(0, limit), next: ids.length > limit ? (ids[limit - 1] ?? null) : null }
    },
  }),
  operation({
    tag: 'Notes',
    permission: isStaff,
    method: 'POST',
    path: '/api/notes/',
    summary: 'Write a note',
    body: z.strictObject({
      text: z.string().min(1).max(5),
      tags: z.array(z.string()).optional(),
      n: z.int().optional(),
    }),
    answer: json(note, { status: 201 }),
    handler: async ({ body }) => ({ id: '9', text: body.text }),
  }),
  operation({
    ...one,
    method: 'GET',
    path: '/api/notes/{id}/',
    summary: 'Read a note',
    answer: json(note),
    handler: async ({ object }) => ({ id: object.id, text: object.ownerId }),
  }),
  operation({
    ...one,
    method: 'DELETE',
    path: '/api/notes/{id}/',
    summary: 'Delete a note',
    answer: nothing,
    handler: async () => undefined,
  }),
  operation({
    tag: 'Notes',
    permission: allowAny,
    method: 'GET',
    path: '/api/notes/count/',
    summary: 'Count notes',
    answer: json(z.object({ count: z.int(), by: z.string() })),
    handler: async ({ by }) => ({ count: notes.size, by: by.actor }),
  }),
]

describe('operations', () => {
  let doorward: TestDoorward
  let base: string
  let ada: TestUser
  let bob: TestUser
  let staff: TestUser

  before(async () => {
    doorward = await createTestDoorward()
    const cursors = createCursors({ key: new Uint8Array(32).fill(1) })
    base = await doorward.listen({
      routes: (auth) => [operationsRoute({ path: '/api/notes/', operations, auth, cursors })],
    })
    ada = await doorward.users.create()
    bob = await doorward.users.create()
    staff = await doorward.users.create({ isStaff: true })
    notes.set('1', { id: '1', ownerId: ada.id, locked: false })
    notes.set('2', { id: '2', ownerId: bob.id, locked: false })
    notes.set('3', { id: '3', ownerId: ada.id, locked: true })
  })
  after(async () => doorward.close())

  async function call(who: TestUser | null, method: string, path: string, body?: unknown): Promise<Answered> {
    const headers = who === null ? {} : await doorward.as(who, 'basic')
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(base + path, { method, headers: { ...headers, ...json }, ...sent })
    const text = await response.text()
    return {
      status: response.status,
      json: text === '' ? {} : (JSON.parse(text) as Answered['json']),
      allow: response.headers.get('allow'),
    }
  }

  it('are served with what they answer, with and without the slash at the end', async () => {
    assert.deepEqual(await call(ada, 'GET', '/api/notes/1/'), {
      status: 200,
      json: { id: '1', text: ada.id },
      allow: null,
    })
    assert.equal((await call(ada, 'GET', '/api/notes/1')).status, 200)
    assert.equal((await call(ada, 'HEAD', '/api/notes/1')).status, 200)
    const deleted = await call(ada, 'DELETE', '/api/notes/1/')
    assert.deepEqual([deleted.status, deleted.json], [204, {}])
  })

  it('answer 404 for the objects of others, as for those that are not there [B-STO-07]', async () => {
    const [foreign, missing, unfit] = await Promise.all(
      ['2', '77', 'x'].map(async (id) => call(ada, 'GET', `/api/notes/${id}/`)),
    )
    assert.equal(foreign?.status, 404)
    assert.deepEqual([foreign, foreign], [missing, unfit])
    assert.equal((await call(bob, 'GET', '/api/notes/2/')).status, 200)
    assert.equal((await call(ada, 'GET', '/api/notes/3/')).status, 403, 'seen, and not allowed')
  })

  it('answer 405 with what there is, and 401 to strangers before that', async () => {
    const wrong = await call(ada, 'PUT', '/api/notes/1/')
    assert.deepEqual(
      [wrong.status, wrong.allow, wrong.json['code']],
      [405, 'GET, DELETE, OPTIONS', 'method_not_allowed'],
    )
    assert.equal((await call(null, 'PUT', '/api/notes/1/')).status, 401)
    assert.equal((await call(null, 'GET', '/api/notes/1/')).status, 401)
    assert.equal((await call(ada, 'GET', '/api/notes/1/more/')).status, 404)
  })

  it('prefer a path that is written out to one with a parameter, and know strangers as such', async () => {
    assert.deepEqual((await call(null, 'GET', '/api/notes/count/')).json, { count: 3, by: 'anonymous' })
    assert.deepEqual((await call(ada, 'GET', '/api/notes/count/')).json['by'], `user:${ada.id}`)
  })

  it('say of every member what is wrong with it, and never repeat what was sent', async () => {
    const { status, json } = await call(staff, 'POST', '/api/notes/', {
      text: 'hunter2',
      tags: ['a', 7],
      n: 1.5,
      x: 'hunter2',
    })
    assert.equal(status, 400)
    assert.deepEqual(json, {
      text: ['It has to be at most 5 characters long.'],
      tags: ['[1]: It has to be a text.'],
      n: ['It has to be a whole number.'],
      x: ['There is no such member, or it cannot be changed.'],
      detail: 'The request holds invalid values.',
      code: 'invalid',
    })
    assert.deepEqual((await call(staff, 'POST', '/api/notes/', {})).json['text'], ['It is required.'])
    assert.deepEqual((await call(ada, 'GET', '/api/notes/?mine=maybe')).json['mine'], ['It has to be true or false.'])
    assert.equal(
      (await call(ada, 'GET', '/api/notes/?mnie=true')).status,
      400,
      'a filter that is mistyped is no filter',
    )
    assert.equal((await call(ada, 'GET', '/api/notes/?mine=true&mine=false')).status, 400)
    assert.equal((await call(staff, 'POST', '/api/notes/', JSON.parse('{"__proto__":1,"text":"a"}'))).status, 400)
  })

  it('are listed page by page by a cursor that belongs to the list and its filters [AD12]', async () => {
    const first = await call(ada, 'GET', '/api/notes/?limit=2&mine=true')
    assert.deepEqual(first.json['notes'], ['1', '2'])
    const next = String(first.json['next'])
    const second = await call(ada, 'GET', `/api/notes/?mine=true&after=${next}&limit=2`)
    assert.deepEqual([second.json['notes'], second.json['next']], [['3'], null])
    for (const query of [
      `after=${next}`,
      `after=${next}&mine=false`,
      'after=2',
      'after=',
      'limit=0',
      'limit=201',
      'limit=1e1',
    ]) {
      assert.equal((await call(ada, 'GET', `/api/notes/?${query}`)).status, 400, query)
    }
  })

  it('tell by OPTIONS what the caller may do, without what they may not [B-PIPE-15]', async () => {
    const reader = await call(ada, 'OPTIONS', '/api/notes/')
    assert.deepEqual([reader.status, reader.allow], [200, 'GET, POST, OPTIONS'])
    assert.deepEqual(Object.keys(reader.json['actions'] as object), ['GET'])
    const writer = await call(staff, 'OPTIONS', '/api/notes/')
    const actions = writer.json['actions'] as Readonly<
      Record<string, { readonly body?: { readonly required?: unknown } }>
    >
    assert.deepEqual(Object.keys(actions), ['GET', 'POST'])
    assert.deepEqual(actions['POST']?.body?.required, ['text'])
    assert.equal((await call(null, 'OPTIONS', '/api/notes/1/')).status, 401)
  })

  it('are refused at construction where they do not fit', () => {
    const make = (more: object): Operation =>
      operation({
        tag: 'x',
        permission: allowAny,
        method: 'GET',
        path: '/api/x/',
        summary: 'x',
        answer: nothing,
        handler: async () => undefined,
        ...more,
      })
    assert.throws(() => make({ path: '/api/x' }), /needs a path such as/)
    assert.throws(() => make({ params: { id: z.string() } }), /has no id in its path/)
    assert.throws(() => make({ body: z.object({}) }), /cannot have a body/)
    const mount = (path: string, ...all: Operation[]): unknown =>
      operationsRoute({
        path,
        operations: all,
        auth: doorward.auth,
        cursors: createCursors({ key: new Uint8Array(32) }),
      })
    assert.throws(() => mount('/api/y/', make({})), /is not below/)
    assert.throws(() => mount('/api/x/', make({ path: '/api/x/{a}/' }), make({ path: '/api/x/{b}/' })), /there are two/)
  })
})

interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly allow: string | null
}
