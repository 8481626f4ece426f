import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathPattern } from './path-pattern.ts'
import { pathSegment, segmentText } from './path-segment.ts'

describe('pathSegment', () => {
  const match = pathPattern('/admin/applications/:id/')

  it('carries any text through an address', () => {
    for (const id of [
      '0IhBXw7vNhJ',
      'my-app.v2',
      'https://app.example/client;v=1',
      'https://app.example/a%20b?c=d&e#f',
      '..',
      '.',
      '~tilde',
      'a/b\\c',
      'ü',
      'a b',
      'x'.repeat(2048),
    ]) {
      assert.deepEqual(match(`/admin/applications/${pathSegment(id)}/`), { id }, id)
    }
    assert.equal(pathSegment('0IhBXw7vNhJ'), '0IhBXw7vNhJ')
    // As it was written before.
    assert.deepEqual(match(`/admin/applications/${encodeURIComponent('https://app.example/cb')}/`), {
      id: 'https://app.example/cb',
    })
  })

  it('reads nothing that it does not write', () => {
    for (const segment of [
      '~',
      '~!',
      '~a',
      '~YQ==',
      '~YQ',
      '~AAAA',
      'YQ',
      `~${Buffer.from('a\nb').toString('base64url')}`,
    ]) {
      assert.equal(segmentText(segment), null, segment)
    }
    assert.equal(match('/admin/applications/~!/'), null)
    assert.equal(match('/admin/applications/a%3Bb/'), null)
  })
})
