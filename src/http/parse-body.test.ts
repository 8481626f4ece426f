import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused, type ErrorCode } from '../core/errors.ts'
import { parseBody } from './parse-body.ts'

const json = Buffer.from('{"username":"ada"}')
const form = Buffer.from('username=ada')

describe('parseBody', () => {
  it('reads JSON and forms by their media type', async () => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json; charset=utf-8',
      'application/json;charset="UTF-8"',
    ]) {
      assert.deepEqual(await parseBody(type, json), { username: 'ada' })
    }
    for (const type of ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded ;\tcharset=UTF-8']) {
      assert.deepEqual({ ...(await parseBody(type, form)) }, { username: 'ada' })
    }
  })

  it('gives an empty object for an empty body, whatever its type', async () => {
    for (const type of [null, '', 'text/plain', 'application/json']) {
      assert.deepEqual(await parseBody(type, new Uint8Array()), {})
    }
  })

  it('refuses a body without a content type, and of any other type [SE12]', async () => {
    const others = [
      'text/plain',
      'text/plain;application/json',
      'text/json',
      'application/jsonp',
      'application/json+x',
      'application',
    ]
    for (const type of [null, '', ' ', ';', ...others, 'application/xml', '*/*', 'application/json '.repeat(100)]) {
      await refused(type, json, 'unsupported_media_type', 415)
    }
  })

  it('refuses a content type that was sent twice', async () => {
    for (const type of [
      'application/json, application/json',
      'application/json, text/plain',
      'text/plain, application/json',
    ]) {
      await refused(type, json, 'unsupported_media_type', 415)
    }
  })

  it('refuses every character set but UTF-8, and parameters that are none [TK05]', async () => {
    const charsets = ['utf-16', 'iso-8859-1', 'utf-7', 'utf-8x', '', '"utf-16"']
    const broken = [
      'application/json;',
      'application/json;x',
      'application/json;charset',
      'application/json;charset=utf-8;charset=utf-8',
    ]
    for (const type of [
      ...charsets.map((set) => `application/json; charset=${set}`),
      ...broken,
      'application/json; charset = utf-8',
    ]) {
      await refused(type, json, 'unsupported_media_type', 415)
    }
  })

  it('refuses what is no UTF-8', async () => {
    await refused('application/json', Uint8Array.of(0x22, 0xff, 0x22), 'parse_error', 400)
    await refused('application/x-www-form-urlencoded', Uint8Array.of(0x61, 0x3d, 0xff), 'parse_error', 400)
    await refused('multipart/form-data; boundary=x', Uint8Array.of(0xff), 'parse_error', 400)
  })

  it('refuses a body of the other type than it says', async () => {
    await refused('application/json', form, 'parse_error', 400)
    await refused('multipart/form-data; boundary=x', json, 'parse_error', 400)
  })
})

describe('parseBody with multipart/form-data', () => {
  const boundary = '------------------------d74496d66958873e'
  const type = `multipart/form-data; boundary=${boundary}`

  it('reads texts, as Django REST clients send a sign-in', async () => {
    const body = multipart('name="username"|ada', 'name="password"|correct horse\r\nbattery & €=%41+')
    assert.deepEqual(
      { ...(await parseBody(type, body)) },
      { username: 'ada', password: 'correct horse\r\nbattery & €=%41+' },
    )
    assert.deepEqual(
      { ...(await parseBody(`multipart/form-data; boundary="${boundary}"`, multipart('name="a"|'))) },
      { a: '' },
    )
  })

  it('reads what the platform writes', async () => {
    const sent = new FormData()
    sent.append('username', 'ada "x" \\ €')
    const request = new Request('https://site.example/', { method: 'POST', body: sent })
    const body = new Uint8Array(await request.arrayBuffer())
    assert.deepEqual({ ...(await parseBody(request.headers.get('content-type'), body)) }, { username: 'ada "x" \\ €' })
  })

  it('refuses a field that is sent twice, one without a name, and NUL', async () => {
    await refused(type, multipart('name="a"|1', 'name="a"|2'), 'invalid_request', 400)
    await refused(type, multipart('name=""|1'), 'invalid_request', 400)
    await refused(type, multipart('name="a"|\0'), 'parse_error', 400)
  })

  it('refuses files', async () => {
    await refused(type, multipart('name="a"; filename="a.txt"|1'), 'unsupported_media_type', 415)
    await refused(type, multipart('name="a"; filename=""|'), 'unsupported_media_type', 415)
  })

  it('refuses more than 100 fields', async () => {
    const fields = Array.from({ length: 101 }, (_, at) => `name="f${at}"|`)
    await refused(type, multipart(...fields), 'invalid_request', 400)
  })

  it('refuses a broken body and a broken boundary', async () => {
    const whole = multipart('name="a"|1')
    for (const end of [1, 20, 60, whole.length - 20]) await refused(type, whole.subarray(0, end), 'parse_error', 400)
    await refused(type, Buffer.from(`--${boundary}\r\n`.repeat(4_000)), 'parse_error', 400)
    for (const wrong of [
      '',
      ';boundary=""',
      ';boundary=other',
      `;boundary=${'a'.repeat(71)}`,
      ';boundary="a "',
      ';boundary=é',
    ]) {
      await assert.rejects(parseBody(`multipart/form-data${wrong}`, whole), RequestRefused, wrong)
    }
  })

  function multipart(...fields: readonly string[]): Buffer {
    const parts = fields.map((field) => {
      const bar = field.indexOf('|')
      return `--${boundary}\r\nContent-Disposition: form-data; ${field.slice(0, bar)}\r\n\r\n${field.slice(bar + 1)}\r\n`
    })
    return Buffer.from(`${parts.join('')}--${boundary}--\r\n`)
  }
})

async function refused(type: string | null, body: Uint8Array, code: ErrorCode, status: number): Promise<void> {
  await assert.rejects(
    parseBody(type, body),
    (error: unknown) => {
      assert.ok(error instanceof RequestRefused)
      assert.equal(error.code, code)
      assert.equal(error.status, status)
      return true
    },
    String(type),
  )
}
