import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from './log.ts'

describe('createLog', () => {
  it('writes a JSON line with level and time', () => {
    const [line] = logged((log) => log.info({ requestId: 'r1' }, 'listening'))
    assert.equal(line?.['level'], 'info')
    assert.equal(line?.['msg'], 'listening')
    assert.equal(line?.['requestId'], 'r1')
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT.*Z$/)
  })

  it('redacts secrets by name at the top and two levels down', () => {
    const text = JSON.stringify(
      logged((log) =>
        log.info({ password: 'p4ss', request: { headers: { authorization: 'Basic abc', cookie: 's' } } }, 'x'),
      ),
    )
    assert.doesNotMatch(text, /p4ss|Basic abc|"s"/)
    assert.match(text, /\[redacted\]/)
  })

  it('cuts tokens, JWTs and database passwords out of errors and their causes', () => {
    const error = new Error('no row for dw_key_0123456789A_abcdefghijklmnopqrstuvwxyz0123456789', {
      cause: new Error('postgres://ada:hunter2@db/x refused eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln'),
    })
    const text = JSON.stringify(logged((log) => log.error({ err: error }, 'failed')))
    assert.doesNotMatch(text, /abcdefghijklmnop|hunter2|eyJhbGci/)
    assert.match(text, /no row for \[redacted token\]/)
  })
})

function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLog({ to: { write: (line) => lines.push(line) } }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}
