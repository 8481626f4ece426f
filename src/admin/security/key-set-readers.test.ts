import assert from 'node:assert/strict'
import { it } from 'node:test'
import { adminStage } from '../admin-api.contract.ts'
import { openConsole } from '../console.contract.ts'

it('shows which backend has fetched the newest signing key, in the API', async () => {
  await using stage = await adminStage()
  const { base, call, staff, doorward } = stage
  const fetchAs = async (name: string): Promise<unknown> => (await fetch(`${base}/o/jwks.json?backend=${name}`)).json()
  const seen = async () => {
    const { json } = await call(staff, 'GET', 'signing-keys/readers/')
    const readers = json['readers'] as readonly { readonly name: string; readonly has_newest: boolean }[]
    return Object.fromEntries(readers.map(({ name, has_newest: has }) => [name, has]))
  }
  assert.deepEqual(await seen(), {})
  await doorward.clock.advance('60s')
  await fetchAs('billing')
  await fetchAs('search')
  assert.deepEqual(await seen(), { billing: true, search: true })
  await doorward.instance.signingKeys.rotate({ by: { actor: 'system' } })
  assert.deepEqual(await seen(), { billing: false, search: false })
  await doorward.clock.advance('60s')
  await fetchAs('billing')
  assert.deepEqual(await seen(), { billing: true, search: false })
})

it('keeps nobody where the setting says so', async () => {
  await using stage = await adminStage({ settings: { keySetReaders: false } })
  await fetch(`${stage.base}/o/jwks.json`)
  assert.deepEqual((await stage.call(stage.staff, 'GET', 'signing-keys/readers/')).json['readers'], [])
})

it('shows it in the console, whatever a stranger calls itself', async () => {
  await using at = await openConsole()
  assert.match((await at.root.get('/admin/signing-keys/')).text, /No program has fetched them yet/)
  await fetch(`${at.base}/o/jwks.json?backend=${encodeURIComponent('<b>x</b>')}`)
  await fetch(`${at.base}/.well-known/doorward/jwks.json?backend=gateway`)
  const { text } = await at.root.get('/admin/signing-keys/')
  assert.match(text, /&lt;b&gt;x&lt;\/b&gt;/)
  assert.match(text, /gateway/)
  assert.match(text, /2 of 2 have not fetched the keys since/)
})
