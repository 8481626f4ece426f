import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJsonObject } from './json-object.ts'

const read = (text: string) => parseJsonObject(Buffer.from(text))

describe('parseJsonObject', () => {
  it('refuses names that are written with an escape, which V8 may take for others', () => {
    assert.equal(read(String.raw`{"a\\":1}`), null)
    assert.equal(read(String.raw`{"a\u0041":2}`), null)
    assert.equal(read(String.raw`{"a":{"b\n" : 1}}`), null)
  })

  it('reads escapes in values', () => {
    assert.deepEqual(read(String.raw`{"name":"a \"b\" : \u0041","list":["\\"]}`), { name: 'a "b" : A', list: ['\\'] })
  })

  it('reads in a straight line, however many quotes and backslashes there are', () => {
    assert.equal(read(`{"a":"${'\\'.repeat(8001)}`), null)
    assert.equal(read(`{"a":"${'\\"'.repeat(4000)}`), null)
  })
})
