// An authorization server inside an application that has users and a page to sign in of its own.
//   node --conditions=doorward-source examples/oauth-in-an-app/main.ts
import { randomBytes } from 'node:crypto'
import { serve } from '@hono/node-server'
import { notesApp } from './notes-app.ts'
import { makeClients, openOAuth } from './open-oauth.ts'
import { createPeople } from './people.ts'

const port = Number(process.env['PORT'] ?? 3000)
const issuer = `http://127.0.0.1:${port}`
const people = createPeople()
await people.add('ada@example.org', 'correct horse battery staple')

const oauth = await openOAuth(people, {
  issuer,
  database: process.env['DATABASE'] ?? 'sqlite::memory:',
  // In earnest it is kept: what was sealed with it can only be opened with it.
  secret: process.env['SECRET'] ?? randomBytes(32).toString('base64'),
})
const { job } = await makeClients(oauth, 'http://127.0.0.1:9999/cb')

const server = serve({ fetch: notesApp(oauth, people).fetch, hostname: '127.0.0.1', port }, () => {
  console.log(`${issuer}/sign-in   ada@example.org, correct horse battery staple`)
  console.log(`curl -u '${job.id}:${job.secret}' -d grant_type=client_credentials ${issuer}/o/token/`)
})
process.once('SIGTERM', () => server.close(() => void oauth.close()))
