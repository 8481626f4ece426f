import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused, type ErrorCode } from '../core/errors.ts'
import { parseJson } from './json.ts'

describe('parseJson', () => {
  it('reads an object as JSON.parse does', () => {
    const texts = [
      '{}',
      ' \t\r\n{ "a" : 1 } ',
      '{"username":"ada","password":"a\\"b\\\\","n":[1,-2.5e3,true,false,null,{}],"o":{"a":{"a":"a"}}}',
      '{"a":"\\u00e9\\ud83d\\ude00 { [ \\" : "}',
      '{"a":[{"b":1},{"b":2}],"b":{"a":1}}',
      '{"a":"b","b":"a","":""}',
    ]
    for (const text of texts) assert.deepEqual(parseJson(text), JSON.parse(text), text)
  })

  it('refuses what is no JSON', () => {
    const broken = [
      '',
      ' ',
      '{',
      '}',
      '{"a"}',
      '{"a":}',
      "{'a':1}",
      '{a:1}',
      '{"a":1,}',
      '{"a":1}}',
      '{"a":1} x',
      'NaN',
      '"',
      '{"a":"\n"}',
    ]
    for (const text of [
      ...broken,
      '{"a":"\\x"}',
      '{"a":01}',
      '\ufeff{}',
      '{"a":"\0"}',
      '{"\\u12":1}',
      '[}',
      '{"a":1',
      ']'.repeat(99),
    ]) {
      refused(text, 'parse_error', /./)
    }
  })

  it('refuses what is no object', () => {
    for (const text of ['null', 'true', '1', '"a"', '[]', '[{}]']) refused(text, 'invalid_request', /JSON object/)
  })

  it('refuses what is nested too deep, before parsing it', () => {
    const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    assert.deepEqual(parseJson(nested(32)), JSON.parse(nested(32)))
    refused(nested(33), 'parse_error', /32 levels/)
    refused('{"a":'.repeat(1_000_000), 'parse_error', /32 levels/)
    refused('['.repeat(1_000_000), 'parse_error', /32 levels/)
    assert.deepEqual(parseJson('{"a":{}}', { depth: 2 }), { a: {} })
    assert.throws(() => parseJson('{"a":{}}', { depth: 1 }), /1 levels/)
    // Brackets in texts do not count.
    assert.deepEqual(parseJson(`{"a":"${'['.repeat(100)}"}`), { a: '['.repeat(100) })
  })

  it('refuses a name that an object has twice, however it is spelled (RFC 8259, section 4)', () => {
    const doubled = [
      '{"a":1,"a":1}',
      '{"a":1,"b":2,"a" : 3}',
      '{"a":1,"\\u0061":2}',
      '{"b":{"a":1,"a":2}}',
      '{"b":[{"a":1,"a":2}]}',
    ]
    for (const text of [...doubled, '{"":1,"":2}']) refused(text, 'invalid_request', /more than once/)
  })

  it('refuses a name __proto__, however it is spelled, and leaves prototypes alone', () => {
    for (const text of ['{"__proto__":{"x":1}}', '{"a":{"__proto__":null}}', '{"\\u005f_proto__":1}']) {
      refused(text, 'invalid_request', /not allowed/)
    }
    assert.equal(({} as Record<string, unknown>)['x'], undefined)
    assert.deepEqual(parseJson('{"a":"__proto__","constructor":{"prototype":1}}')['a'], '__proto__')
  })

  it('refuses a name with a quote, a backslash or a control character', () => {
    for (const text of ['{"a\\"":1}', '{"a\\\\":1}', '{"\\n":1}', '{"b":[{"a\\u005c":1}]}', '{"\\u001f":1}']) {
      refused(text, 'invalid_request', /not allowed/)
    }
  })

  it('reads a name with escapes for what it is, whatever names were read before it', () => {
    // Versions of V8 with the fault take the second text's name for the first one's.
    JSON.parse('{"first of its shape":1,"caf\\\\":1}')
    assert.deepEqual(parseJson('{"first of its shape":1,"caf\\u00e9":1}'), { 'first of its shape': 1, café: 1 })
    const text = '{"\\u0061":2,"https:\\/\\/app.example\\/role":"\\u0061","b":{"\\u0061":[]}}'
    assert.deepEqual(parseJson(text), { a: 2, 'https://app.example/role': 'a', b: { a: [] } })
  })

  it('refuses NUL and half surrogate pairs in names and texts', () => {
    for (const text of [
      '{"a":"\\u0000"}',
      '{"\\u0000":1}',
      '{"a":["x\\ud800"]}',
      '{"a":"\\udc00\\ud800"}',
      '{"a":"\ud800"}',
    ]) {
      refused(text, 'parse_error', /NUL/)
    }
    assert.deepEqual(parseJson('{"a":"\\\\u0000"}'), { a: '\\u0000' })
  })

  it('never repeats what was sent in the message', () => {
    for (const text of ['{"s3cret":"s3cret}', '{"s3cret":1,"s3cret":2}', '"s3cret"', '{"a": s3cret}']) {
      assert.throws(
        () => parseJson(text),
        (error: Error) => !error.message.includes('s3cret') && error.cause === undefined,
      )
    }
  })
})

function refused(text: string, code: ErrorCode, message: RegExp): void {
  assert.throws(
    () => parseJson(text),
    (error: unknown) => {
      assert.ok(error instanceof RequestRefused)
      assert.equal(error.status, 400)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    },
    text.slice(0, 80),
  )
}
