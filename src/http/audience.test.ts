import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthRequest } from '../core/request.ts'
import { covers, createAudienceCheck } from './audience.ts'

describe('covers', () => {
  it('holds for what is at or below a resource, by whole segments of the path [B-RS-13]', () => {
    const resource = 'https://api.example/v1/notes'
    for (const below of ['', '/', '/5', '/5/pages', '?a=1', '/5?next=/v2'])
      assert.ok(covers(resource, resource + below), below)
    assert.ok(covers('https://api.example/v1/notes/', `${resource}/5`))
    assert.ok(covers('https://api.example', 'https://api.example/'))
    assert.ok(covers('https://api.example', 'https://api.example/v1'))
    for (const other of ['https://api.example/v1/notes2', 'https://api.example/v1', 'https://api.example/V1/notes/5']) {
      assert.ok(!covers(resource, other), other)
    }
  })

  it('holds for one scheme, host and port alone; default ports and the case of hosts make no difference [B-RS-13]', () => {
    for (const same of [
      'https://api.example:443/v1',
      'HTTPS://API.Example/v1',
      'https://user@api.example/v1',
      'https://api.example/v1#',
    ]) {
      assert.ok(covers(same, 'https://api.example/v1/5'), same)
    }
    for (const other of [
      'http://api.example/v1',
      'https://api.example:8443/v1',
      'https://api.example.evil.example/v1',
      'https://evil.example/v1',
      'https://api.example@evil.example/v1',
      String.raw`https://api.example\@evil.example/v1`,
    ]) {
      assert.ok(!covers(other, 'https://api.example/v1/5'), other)
    }
  })

  it('resolves dot segments, and takes no path that can be read in two ways [B-RS-13]', () => {
    assert.ok(!covers('https://api.example/v1', 'https://api.example/v1/../v2'))
    assert.ok(covers('https://api.example/v1', 'https://api.example/v2/../v1/5'))
    assert.ok(covers('https://api.example/v2/../v1', 'https://api.example/v1/5'))
    for (const path of ['/v1/%2e%2e/v2', '/v1/..%2fv2', '/v1//5', String.raw`/v1\..\v2`, '/v1/%00', '/v1;x/5']) {
      assert.ok(!covers('https://api.example/v1', `https://api.example${path}`), path)
    }
  })

  it('holds for no resource with a query or a fragment, and nothing that is no address', () => {
    for (const resource of [
      'https://api.example/v1?a=1',
      'https://api.example/v1#a',
      'notes',
      'urn:api',
      '',
      '/v1',
      'https://',
    ]) {
      assert.ok(!covers(resource, 'https://api.example/v1?a=1'), resource)
    }
  })
})

describe('createAudienceCheck', () => {
  const isForUs = createAudienceCheck(['https://api.example', 'notes'])
  const at = (url: string): AuthRequest => ({ method: 'GET', url, headers: { get: () => null } })

  it('takes a token for nobody in particular, one that names this API, and one for where the request is [B-RS-13]', () => {
    assert.ok(isForUs([], at('/v1/5')))
    assert.ok(isForUs(['notes'], at('/v1/5')))
    assert.ok(isForUs(['https://other.example', 'https://api.example'], at('/v1/5')))
    assert.ok(isForUs(['https://api.example/v1'], at('/v1/5?a=1')))
    assert.ok(isForUs(['https://api.example/v1'], at('http://evil.example/v1/5')), 'the host of a request says nothing')
  })

  it('refuses a token for another API, or another part of this one [B-RS-13]', () => {
    for (const one of ['https://other.example', 'https://api.example/v2', 'https://api.example/v', 'Notes', '*', '']) {
      assert.ok(!isForUs([one], at('/v1/5')), one)
    }
    assert.ok(!createAudienceCheck([])(['https://api.example'], at('/v1')))
  })

  it('goes by the request where one door stands before several APIs', () => {
    const isForHost = createAudienceCheck((request) => [`https://${request.headers.get('host')}`])
    const on = (host: string): AuthRequest => ({ ...at('/v1/5'), headers: { get: () => host } })
    assert.ok(isForHost(['https://notes.example/v1'], on('notes.example')))
    assert.ok(!isForHost(['https://notes.example/v1'], on('files.example')))
  })
})
