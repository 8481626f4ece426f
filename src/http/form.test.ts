import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused, type ErrorCode } from '../core/errors.ts'
import { parseForm } from './form.ts'

describe('parseForm', () => {
  it('reads fields from a text and from bytes', () => {
    const body = 'grant_type=client_credentials&scope=read+write&empty=&bare&a%3Db=%E2%82%AC%26%3D+'
    const fields = { grant_type: 'client_credentials', scope: 'read write', empty: '', bare: '', 'a=b': '€&= ' }
    assert.deepEqual({ ...parseForm(body) }, fields)
    assert.deepEqual({ ...parseForm(Buffer.from(body)) }, fields)
  })

  it('reads unescaped UTF-8, and a value with equals signs', () => {
    assert.deepEqual({ ...parseForm('name=Zoë&key=a==b') }, { name: 'Zoë', key: 'a==b' })
  })

  it('is empty for an empty body and skips empty pairs', () => {
    for (const body of ['', '&', '&&&']) assert.deepEqual({ ...parseForm(body) }, {})
    assert.deepEqual({ ...parseForm('&a=1&&b=2&') }, { a: '1', b: '2' })
  })

  it('has no fields but those sent', () => {
    const fields = parseForm('a=1')
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) assert.equal(fields[name], undefined)
  })

  it('makes nothing of a field called __proto__ but a field', () => {
    const fields = parseForm('__proto__=x&constructor=y')
    assert.deepEqual(Object.keys(fields), ['__proto__', 'constructor'])
    assert.equal(({} as Record<string, unknown>)['x'], undefined)
  })

  it('refuses a field that is sent twice (RFC 6749, section 3.2) [TK04]', () => {
    for (const body of ['a=1&a=1', 'a=1&b=2&a=3', 'a&a=', 'a=1&%61=2', '__proto__=1&__proto__=2']) {
      refused(body, 'invalid_request', /more than once/)
    }
  })

  it('refuses broken percent escapes and what is no UTF-8 [TK05]', () => {
    for (const body of ['a=%', 'a=%2', 'a=%zz', '%=1', 'a=%u0041', 'a=%ff', 'a=%c0%ae', 'a=%ed%a0%80', 'a=%E2%82']) {
      refused(body, 'parse_error', /percent escape/)
    }
    refused(Uint8Array.of(0x61, 0x3d, 0xff), 'parse_error', /UTF-8/)
    refused(Buffer.from('a=b', 'utf16le'), 'parse_error', /NUL/)
    refused('a=\ud800', 'parse_error', /UTF-8/)
  })

  it('refuses NUL in names and values', () => {
    for (const body of ['a=\0', 'a=%00', '%00=a', 'a\0b']) refused(body, 'parse_error', /NUL/)
  })

  it('refuses a field without a name', () => {
    for (const body of ['=', '=a', 'a=1&=2']) refused(body, 'invalid_request', /no name/)
  })

  it('refuses more than 100 fields and huge names', () => {
    const fields = Array.from({ length: 100 }, (_, at) => `f${at}=`)
    assert.equal(Object.keys(parseForm(fields.join('&'))).length, 100)
    refused([...fields, 'f100='].join('&'), 'invalid_request', /100 fields/)
    refused(`${'a'.repeat(257)}=1`, 'invalid_request', /too long/)
    assert.equal(parseForm(`a=${'b'.repeat(1_000_000)}`)['a']?.length, 1_000_000)
    refused('a&'.repeat(1_000_000), 'invalid_request', /more than once/)
  })

  it('never repeats what was sent in the message', () => {
    assert.throws(
      () => parseForm('s3cret=s3cret&s3cret=s3cret%'),
      (error: Error) => !error.message.includes('s3cret'),
    )
  })
})

function refused(body: string | Uint8Array, code: ErrorCode, message: RegExp): void {
  assert.throws(
    () => parseForm(body),
    (error: unknown) => {
      assert.ok(error instanceof RequestRefused)
      assert.equal(error.status, 400)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    },
  )
}
