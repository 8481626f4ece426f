// The routes of whole-app.ts without Doorward: what the types of the frameworks cost by themselves.
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'

const honoApp = new Hono()
  .onError((_error, c) => c.text('', 500))
  .get('/me', (c) => c.json({ name: '', via: '' }))
  .get('/open', (c) => c.text(''))
  .post('/badges', (c) => c.json({ number: 7 }))
  .get('/own', (c) => c.text(''))

const expressApp = express()
expressApp.get('/me', (req, res) => void res.json(req.method))
expressApp.get('/open', (_req, res) => void res.end())
expressApp.put('/notes/:id', (req, res) => void res.json(req.params.id))

const fastifyApp = Fastify()
await fastifyApp.register((_app, _options, done) => done())
// oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify waits for them
fastifyApp.get('/me', { onRequest: async () => undefined }, async (request) => request.method)

void [honoApp, expressApp, fastifyApp]
