import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { createSafeFetch } from '../http/safe-fetch.ts'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { createBreachedPasswords } from './breached-passwords.ts'
import { refusal } from './refusal.contract.ts'

const known = 'correct horse battery staple'
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex').toUpperCase()

/** A range API that knows one password, and pads as the real one does. */
async function rangeApi() {
  const asked: { path: string; padding: string | undefined }[] = []
  const here = { status: 200, asked, url: '' }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, padding: request.headers['add-padding'] as string | undefined })
    const own = [known, 'another long one'].map(sha1).filter((sum) => path.endsWith(`/range/${sum.slice(0, 5)}`))
    const lines = own.map((sum, index) => `${sum.slice(5)}:${index === 0 && sum === sha1(known) ? 4 : 0}`)
    response.writeHead(here.status, { 'content-type': 'text/plain' })
    response.end([`${'0'.repeat(35)}:7`, ...lines, `${'F'.repeat(35)}:0`].join('\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  after(close)
  here.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`
  return { ...here, set: (status: number) => void (here.status = status), close }
}

const fetch = createSafeFetch({ insecureHosts: ['127.0.0.1'], allowedAddresses: ['127.0.0.0/8'] })

describe('createBreachedPasswords', () => {
  it('knows a password from a breach, and tells no more than five characters of its digest [PW03]', async () => {
    const api = await rangeApi()
    const isBreached = createBreachedPasswords({ url: api.url, fetch })
    assert.equal(await isBreached(known), true)
    assert.equal(await isBreached(`${known}!`), false)
    assert.equal(await isBreached('another long one'), false, 'a count of 0 is padding')
    assert.deepEqual(
      api.asked.map(({ path }) => path),
      [known, `${known}!`, 'another long one'].map((password) => `/range/${sha1(password).slice(0, 5)}`),
    )
    assert.ok(api.asked.every(({ padding }) => padding === 'true'))
  })

  it('lets a password pass where the API is away or does not answer as it should, and says why', async () => {
    const api = await rangeApi()
    const skipped: string[] = []
    const isBreached = createBreachedPasswords({ url: api.url, fetch, onSkipped: (reason) => skipped.push(reason) })
    api.set(503)
    assert.equal(await isBreached(known), false)
    api.close()
    assert.equal(await isBreached(known), false)
    const inner = createBreachedPasswords({
      url: api.url,
      fetch: createSafeFetch(),
      onSkipped: (reason) => skipped.push(reason),
    })
    assert.equal(await inner(known), false)
    assert.deepEqual(skipped, ['status_503', 'unreachable', 'bad_url'])
  })

  it('is asked about every new password, where the settings name an API [PW03 B-ACC-22]', async () => {
    const api = await rangeApi()
    await using doorward = await createTestDoorward({ settings: { breachedPasswordsUrl: api.url } })
    const ada = await doorward.users.create({ username: 'ada' })
    const error = await refusal(doorward.instance.passwords.set(ada.id, known))
    assert.equal(error.status, 400)
    assert.match(JSON.stringify(error.body), /"password":\["Choose another password: this one is known from a breach/)
    const change = doorward.instance.passwords.change(ada.id, { current: ada.password, next: known }, {})
    assert.deepEqual(Object.keys((await refusal(change)).body ?? {}), ['new_password'])
    await assert.rejects(doorward.users.create({ username: 'bob', password: known }))
    api.close()
    await doorward.instance.passwords.set(ada.id, known)
  })
})
