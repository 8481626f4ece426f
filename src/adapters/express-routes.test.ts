import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import express, { Router, type Request, type Response } from 'express'
import { createAuth } from '../core/auth.ts'
import { isReadOnly } from '../permissions/is-read-only.ts'
import { isStaff } from '../permissions/is-staff.ts'
import { listRoutes, type ExpressRoutes } from './express-routes.ts'
import { expressAuth } from './express.ts'

const { protect, open } = expressAuth(createAuth({ authenticators: [] }))
const handler = (_req: Request, res: Response): void => void res.end()

describe('listRoutes of Express', () => {
  it('lists each method of each path', () => {
    const app = express()
    app.get(['/a', '/b/:id'], protect(), handler)
    app.route('/c').get(open(isReadOnly), handler).post(protect(isStaff), handler).delete(handler)
    app.all('/d', protect(), handler)
    app.get(/^\/e\d+$/, handler)
    assert.deepEqual(listed(app), [
      'GET /a protect(isAuthenticated)',
      'GET /b/:id protect(isAuthenticated)',
      'GET /c open(isReadOnly)',
      'POST /c protect(isStaff)',
      'DELETE /c null',
      'ALL /d protect(isAuthenticated)',
      String.raw`GET /^\/e\d+$/ null`,
    ])
  })

  it('takes a gate of all methods for each of them', () => {
    const app = express()
    app.route('/a').all(protect()).get(handler).put(handler)
    assert.deepEqual(listed(app), ['GET /a protect(isAuthenticated)', 'PUT /a protect(isAuthenticated)'])
  })

  it('counts middleware and routers on the way, at and below their path', () => {
    const app = express()
    const inner = Router().use(protect(isStaff)).get('/', handler).get('/x/y', protect(), handler)
    app.get('/early', handler)
    app.use('/in', protect(), Router().get('/z', handler))
    app.use('/in/inner', inner)
    app.get('/inside', handler)
    app.use(protect())
    app.get('/late', handler)
    assert.deepEqual(listed(app), [
      'GET /early null',
      'GET /in/z protect(isAuthenticated)',
      'GET /in/inner/ allOf(protect(isAuthenticated), protect(isStaff))',
      'GET /in/inner/x/y allOf(protect(isAuthenticated), protect(isStaff))',
      'GET /inside null',
      'GET /late protect(isAuthenticated)',
    ])
  })

  it('does not count a gate behind the handler, nor one of another path or method [B-PIPE-16]', () => {
    const app = express()
    app.get('/a', handler, protect())
    app.get('/b', handler)
    app.use('/b', protect())
    app.use('/c/:id/x', protect())
    app.get('/c/:id', handler)
    app.post('/c/:id', protect(), handler)
    assert.deepEqual(listed(app), [
      'GET /a null',
      'GET /b null',
      'GET /c/:id null',
      'POST /c/:id protect(isAuthenticated)',
    ])
  })

  it('counts a gate on a parameter for what is as wide or narrower, and on a regular expression for nothing', () => {
    const app = express()
    app.use('/:part', protect())
    app.use(/^\/a/, protect(isStaff))
    app.get('/a', handler)
    app.get('/:other/b', handler)
    app.get('/*rest', handler)
    assert.deepEqual(listed(app), [
      'GET /a protect(isAuthenticated)',
      'GET /:other/b protect(isAuthenticated)',
      'GET /*rest null',
    ])
  })

  it('lists an application within as one, and a router by itself', () => {
    const inner = express().get('/x', handler) as express.Express
    const app = express()
    app.use('/inner', inner)
    assert.deepEqual(listed(app), ['ALL /inner/* null'])
    assert.deepEqual(listed(inner), ['GET /x null'])
    assert.deepEqual(listed(Router().get('/y', protect(), handler)), ['GET /y protect(isAuthenticated)'])
  })

  it('lists nothing of an application without routes', () => {
    assert.deepEqual(listed(express()), [])
  })
})

function listed(app: ExpressRoutes): string[] {
  return listRoutes(app).map(({ method, path, policy }) => `${method} ${path} ${policy?.rule?.name ?? null}`)
}
