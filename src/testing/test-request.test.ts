import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testRequest } from './test-request.ts'

describe('testRequest', () => {
  it('is what a door sees: headers by their lower-case name, the method in upper case, and a peer', () => {
    const request = testRequest('post', '/notes?x=1', { 'X-Api-Key': 'a key' })
    assert.deepEqual([request.method, request.url], ['POST', '/notes?x=1'])
    assert.equal(request.headers.get('x-api-key'), 'a key')
    assert.equal(request.headers.get('host'), 'localhost')
    assert.equal(request.headers.get('authorization'), null)
    assert.deepEqual([...(request.headers.keys?.() ?? [])], ['host', 'x-api-key'])
    assert.equal(request.peer?.address, '127.0.0.1')
    assert.equal(request.field, undefined)
  })

  it('joins a header that is sent twice as Node does: with a comma, cookies with a semicolon', () => {
    const { headers } = testRequest('GET', '/', { authorization: ['Token a', 'Token b'], Cookie: ['a=1', 'b=2'] })
    assert.equal(headers.get('authorization'), 'Token a, Token b')
    assert.equal(headers.get('cookie'), 'a=1; b=2')
  })

  it('refuses what no header can hold', () => {
    assert.throws(() => testRequest('GET', '/', { 'x-key': 'two\r\nlines' }), TypeError)
    assert.throws(() => testRequest('GET', '/', { 'no name': '' }), TypeError)
  })

  it('has the peer, certificate and form that it is given', async () => {
    const certificate = { der: new Uint8Array([1]), authorized: true }
    const form = { csrfmiddlewaretoken: 'token' }
    const request = testRequest('POST', '/', {}, { address: '203.0.113.9', certificate, form })
    assert.deepEqual(request.peer, { address: '203.0.113.9', certificate })
    assert.equal(await request.field?.('csrfmiddlewaretoken'), 'token')
    assert.equal(await request.field?.('toString'), null)
    assert.equal(testRequest('GET', '/', {}, { address: null }).peer?.address, null)
  })
})
