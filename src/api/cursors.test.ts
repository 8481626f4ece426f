import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRefused } from '../core/errors.ts'
import { createCursors } from './cursors.ts'

const key = new Uint8Array(32).fill(7)

describe('cursors', () => {
  const cursors = createCursors({ key })
  const refused = (list: string, cursor: string): void =>
    assert.throws(
      () => cursors.read(list, cursor),
      (error) => error instanceof RequestRefused && error.code === 'invalid' && 'after' in (error.body ?? {}),
    )

  it('name a place in a list, and are the same on every node', () => {
    const cursor = cursors.write('notes', '00000000001')
    assert.equal(cursors.read('notes', cursor), '00000000001')
    assert.equal(createCursors({ key }).read('notes', cursor), '00000000001')
  })

  it('are refused where they were made up, changed, or are of another list [AD12]', () => {
    const cursor = cursors.write('notes', '00000000001')
    refused('users', cursor)
    refused('notes', createCursors({ key: new Uint8Array(32).fill(8) }).write('notes', '00000000001'))
    const other = Buffer.concat([Buffer.from(cursor, 'base64url').subarray(0, 16), Buffer.from('00000000002')])
    refused('notes', other.toString('base64url'))
    for (const forged of ['', 'x', '00000000001', `${cursor}=`, `${cursor} `, cursor.slice(0, -1), 'ü'.repeat(40)]) {
      refused('notes', forged)
    }
    assert.doesNotThrow(() => cursors.read('notes', cursor))
  })

  it('need a key that cannot be guessed', () => {
    assert.throws(() => createCursors({ key: new Uint8Array(31) }), /32 bytes/)
  })
})
