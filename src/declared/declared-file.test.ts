import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declaredIn } from './declared-file.ts'
import { DeclaredFaults } from './declared-faults.ts'

describe('a file that declares things', () => {
  it('is read as it stands', () => {
    const file = { groups: [{ name: 'editors' }], clients: [{ client_id: 'shop', client_name: 'Shop' }] }
    assert.deepEqual(declaredIn(JSON.stringify(file)), file)
    assert.deepEqual(declaredIn('{}'), {})
  })

  it('is refused where it is no JSON, by line and column, without what stands there', () => {
    assert.deepEqual(faultsOf('{\n  "groups": [sesame-open]\n}'), ['This is not valid JSON (line 2, column 14).'])
    assert.deepEqual(faultsOf(''), ['This is not valid JSON (line 1, column 1).'])
    assert.deepEqual(faultsOf('{"groups": []'), ['This is not valid JSON (line 1, column 14).'])
    assert.deepEqual(faultsOf('{"groups": [],}'), ['This is not valid JSON (line 1, column 15).'])
  })

  it('may begin with a mark of the order of its bytes, and is refused where it is no UTF-8', () => {
    assert.deepEqual(declaredIn('\ufeff{"groups":[]}'), { groups: [] })
    const asWindowsWrites = Buffer.from('\ufeff{"groups":[]}', 'utf16le').toString('utf8')
    assert.deepEqual(faultsOf(asWindowsWrites), ['This is not text in UTF-8. Save it as UTF-8.'])
  })

  it('is refused where a member stands in it twice, of which a parser would keep the last without a word', () => {
    const twice = 'It stands there twice: only the last would count.'
    assert.deepEqual(faultsOf('{"groups":[{"name":"a"}],"clients":[],"groups":[{"name":"b"}]}'), [`groups: ${twice}`])
    assert.deepEqual(
      faultsOf('{"groups":[{"name":"a"},{"permissions":["b"],"name":"c","perm\\u0069ssions":[]}],"groups":[]}'),
      [`groups[1].permissions: ${twice}`, `groups: ${twice}`],
    )
    const text = '{"groups":[{"name":"{\\"name\\":1,","permissions":["name","name"]},{"name":"b"}]}'
    assert.deepEqual(declaredIn(text), JSON.parse(text))
    const long = JSON.stringify({ groups: [{ name: 'a'.repeat(5_000_000) }] })
    assert.deepEqual(declaredIn(long), JSON.parse(long))
  })

  it('is refused with the place of each member that is none or of another type', () => {
    for (const [text, faults] of [
      ['[]', ['The file: It has to be an object.']],
      ['null', ['The file: It has to be an object.']],
      ['{"colours":[]}', ['colours: There is no such member, or it cannot be changed.']],
      ['{"groups":{}}', ['groups: It has to be a list.']],
      ['{"groups":[null,7]}', ['groups[0]: It has to be an object.', 'groups[1]: It has to be an object.']],
      ['{"groups":[{}]}', ['groups[0].name: It is required.']],
      ['{"groups":[{"name":"a","permissions":["b",7]}]}', ['groups[0].permissions[1]: It has to be a text.']],
      [
        '{"users":[{"username":"a","admin":true}]}',
        ['users[0].admin: There is no such member, or it cannot be changed.'],
      ],
      ['{"api_keys":[{"name":"a","mode":"best"}]}', ['api_keys[0].mode: It has to be live or test.']],
      ['{"clients":[{"client_id":""}]}', ['clients[0].client_id: It has to be at least 1 characters long.']],
      [
        '{"organisations":[{"slug":"a","is_suspended":"no"}]}',
        ['organisations[0].is_suspended: It has to be true or false.'],
      ],
    ] as const) {
      assert.deepEqual(faultsOf(text), faults, text)
    }
  })

  it('is refused where a secret stands in it, which is not repeated', () => {
    const secret = 'sesame-open-sesame-open-sesame-open'
    const faults = faultsOf(
      JSON.stringify({
        users: [{ username: 'ada', password: secret }],
        clients: [{ client_id: 'a' }, { client_id: 'b', client_secret: secret }],
        api_keys: [{ name: 'ci', key: secret }],
      }),
    )
    assert.deepEqual(
      faults.map((fault) => fault.slice(0, fault.indexOf(':'))),
      ['users[0].password', 'clients[1].client_secret', 'api_keys[0].key'],
    )
    assert.ok(!faults.join(' ').includes(secret))
  })
})

function faultsOf(text: string): readonly string[] {
  try {
    declaredIn(text)
  } catch (error) {
    if (error instanceof DeclaredFaults) return error.faults
    throw error
  }
  return assert.fail('it was not refused')
}
