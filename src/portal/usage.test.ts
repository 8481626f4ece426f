import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { person } from '../screens/person.contract.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'

const password = 'correct horse battery'

describe('usage and limits in the portal', () => {
  it('are the numbers that the headers of the answers have, to the last one [D9]', async () => {
    const settings = { requestsPerPrincipal: '50/hour', requestsPerAddress: '500/day' }
    await using doorward = await createTestDoorward({ settings })
    const base = await doorward.listen()
    const user = await doorward.users.create({ username: 'ada', password })
    const ada = person(base)
    await ada.signIn('ada', password)
    const { apiKeys } = doorward.instance
    const { key, record } = await apiKeys.create({ owner: user, name: 'slow', rate: '5/min' })
    const called = await fetch(`${base}/api/whoami/`, { headers: { 'x-api-key': key } })
    const [, ofKey = ''] = /"key";r=(\d+);t=\d+/.exec(called.headers.get('ratelimit') ?? '') ?? []
    assert.equal(ofKey, '4')

    const page = await ada.get('/portal/usage/')
    const said = page.headers.get('ratelimit') ?? ''
    assert.match(said, /"address";r=\d+;t=\d+, "principal";r=\d+;t=\d+/)
    for (const name of ['ratelimit-policy', 'ratelimit', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']) {
      assert.ok(page.text.includes(`${name}: ${escaped(page.headers.get(name) ?? '')}`), name)
    }
    const rows = rowsOf(page.text)
    for (const [, policy = '', left = ''] of said.matchAll(/"(\w+)";r=(\d+)/g)) {
      const row = rows.find((one) => one[1] === `"${policy}"`)
      assert.equal(row?.[4], left, `${policy}: ${JSON.stringify(rows)}`)
      assert.equal(Number(row?.[3]) + Number(left), policy === 'address' ? 500 : 50)
    }
    assert.deepEqual(
      rows.map(([of, policy, limit]) => [of, policy, limit]),
      [
        ['you', '"principal"', '50 in an hour'],
        ['your address 127.0.0.1', '"address"', '500 in a day'],
        ['the key slow', '"key"', '5 in a minute'],
      ],
    )
    assert.equal(rows[2]?.[4], ofKey)
    await apiKeys.revoke(record.id, { by: { actor: 'system' } })
    assert.equal(rowsOf((await ada.get('/portal/usage/')).text).length, 2)
  })

  it('hold a key to its own rate at every door', async () => {
    await using doorward = await createTestDoorward()
    const base = await doorward.listen()
    const user = await doorward.users.create({ username: 'ada', password })
    const { key } = await doorward.instance.apiKeys.create({ owner: user, name: 'slow', rate: '2/hour' })
    const call = async (): Promise<number> =>
      (await fetch(`${base}/api/whoami/`, { headers: { 'x-api-key': key } })).status
    assert.deepEqual([await call(), await call(), await call()], [200, 200, 429])
    const ada = person(base)
    await ada.signIn('ada', password)
    const page = await ada.get('/portal/usage/')
    assert.match(page.text, /the key slow[^]*"key"[^]*2 in an hour/)
    // Nothing else is limited here, and so no header says anything.
    assert.equal(page.headers.get('ratelimit'), null)
    assert.ok(!page.text.includes('id="headers"'))
  })
})

/** What stands in the rows of the table of limits. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const [, table = ''] = /<table[^>]*id="limits"[^>]*>([^]*?)<\/table>/.exec(text) ?? []
  return [...table.matchAll(/<tr[^>]*>([^]*?)<\/tr>/g)]
    .map(([, row = '']) =>
      [...row.matchAll(/<t[dh][^>]*>([^]*?)<\/t[dh]>/g)].map(([, cell = '']) =>
        unescaped(cell.replaceAll(/<[^>]*>/g, '')).trim(),
      ),
    )
    .slice(1)
}

function escaped(text: string): string {
  return text.replaceAll('"', '&quot;')
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"')
}
