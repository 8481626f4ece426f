// Doorward inside a Hono application: every way in, from a database of its own.
//   DOORWARD_DATA=.data/hono node --conditions=doorward-source examples/hono.ts
import { serve } from '@hono/node-server'
import { allOf, anyOf, assertGuarded, filterFor, hasScope, isAuthenticated, isOwner, isStaff, matches } from 'doorward'
import { honoAuth, listRoutes } from 'doorward/hono'
import { createDoor, loadSettings, openInstance } from 'doorward/server'
import { Hono } from 'hono'

const settings = await loadSettings()
const instance = await openInstance(settings)
const { protect, requireFor, errorHandler } = honoAuth(createDoor(instance))

const ada =
  (await instance.users.findByLogin('ada')) ?? (await instance.users.create({ username: 'ada', password: null }))
const owner = { kind: 'user', id: ada.id } as const
const { key } = await instance.apiKeys.create({ owner, name: 'example', scopes: ['notes.read', 'notes.write'] })

const notes = [
  { id: '1', ownerId: ada.id, text: 'mine' },
  { id: '2', ownerId: 'somebody else', text: 'not mine' },
]
const mayRead = allOf(isAuthenticated, hasScope('notes.read'))
const mayChange = anyOf(isOwner('ownerId'), isStaff)

const app = new Hono()
app.onError(errorHandler)
app.get('/me', protect(), (c) => c.json({ via: c.var.identity.via, name: c.var.identity.principal.name }))
app.get('/notes', protect(mayRead), (c) => {
  const visible = filterFor(mayChange, c.var.identity)
  return c.json(notes.filter((note) => matches(visible, note)))
})
app.put('/notes/:id', protect(hasScope('notes.write')), async (c) => {
  const note = notes.find(({ id }) => id === c.req.param('id'))
  if (note === undefined) return c.notFound()
  await requireFor(c, mayChange, note)
  note.text = await c.req.text()
  return c.json(note)
})
assertGuarded(listRoutes(app))

const server = serve({ fetch: app.fetch, hostname: settings.host, port: settings.port }, ({ port }) => {
  console.log(`curl -H 'X-Api-Key: ${key}' http://127.0.0.1:${port}/me`)
})
process.once('SIGTERM', () => server.close(() => void instance.close()))
