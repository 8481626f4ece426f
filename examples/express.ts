// API keys from a store of one's own, in Express: no database of Doorward's, no settings.
//   node --conditions=doorward-source examples/express.ts
import { createHash, randomBytes } from 'node:crypto'
import { allowAny, apiKey, createAuth, failuresPerAddress, hasScopeByMethod, perKey } from 'doorward'
import type { ApiKeyAuth, ServiceAccount } from 'doorward'
import { expressAuth } from 'doorward/express'
import express from 'express'

interface StoredKey {
  readonly principal: ServiceAccount
  readonly auth: ApiKeyAuth
}

/** By digest, so that a copy of the store opens nothing. */
const keys = new Map<string, StoredKey>()

function addKey(name: string, scopes: readonly string[]): string {
  const key = `sk_${randomBytes(24).toString('base64url')}`
  keys.set(digestOf(key), {
    principal: { kind: 'service_account', id: name, name, ownerId: null, scopes },
    auth: { id: name, name, scopes, mode: 'live', rate: '100/min', expiresAt: null },
  })
  return key
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

const auth = createAuth({
  authenticators: [
    apiKey({
      keys: {
        recognises: (text) => text.startsWith('sk_'),
        find: async (text) => keys.get(digestOf(text)) ?? null,
      },
    }),
  ],
  permission: hasScopeByMethod({ read: 'read', write: 'write' }),
  throttles: [failuresPerAddress('100/min'), perKey('1000/min')],
})
const { protect, open, identity, errorHandler } = expressAuth(auth)

const app = express()
app.get('/health', open(allowAny), (_req, res) => void res.json({ ok: true }))
app.get('/reports', protect(), (req, res) => void res.json({ for: identity(req).principal.name }))
app.post('/reports', protect(), (req, res) => void res.status(201).json({ by: identity(req).auth.id }))
app.use(errorHandler)

const server = app.listen(Number(process.env['PORT'] ?? 8000), '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  console.log(`curl -H 'X-Api-Key: ${addKey('reporting', ['read'])}' http://127.0.0.1:${port}/reports`)
})
process.once('SIGTERM', () => server.close())
