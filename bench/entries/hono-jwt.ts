import { createSecretKey } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jwt, sign } from 'hono/jwt'
import { ready, secret } from './ready.ts'

// hono/jwt, HS256, with the key imported once.
const key = await crypto.subtle.importKey(
  'raw',
  createSecretKey(Buffer.from(secret)).export(),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign', 'verify'],
)
const app = new Hono<{ Variables: { jwtPayload: { name: string } } }>()
app.get('/', jwt({ secret: key as never, alg: 'HS256' }), (c) => c.json({ name: c.var.jwtPayload.name }))
const text = await sign({ sub: '1', name: 'ada', exp: Math.floor(Date.now() / 1000) + 3600 }, secret)
ready(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as never, { authorization: `Bearer ${text}` })
