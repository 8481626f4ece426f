import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { createApp } from '../../src/server/app.ts'
import { openInstance } from '../../src/server/instance.ts'
import { readSettings } from '../../src/server/settings.ts'

const issuer = 'https://id.example'
/** Seconds. */
const announced = 600
const tokenLife = 3600

/**
 * What is promised: APIs that keep the published keys for as long as the answer allows (`max-age`), and never look again before,
 * verify every token at every moment of a rotation. So do those that keep them for ten minutes, as libraries do by themselves.
 */
describe('APIs that verify by the published keys, while these rotate', () => {
  it('refuse no token at any moment, and forget the old key once nothing of it is alive [MD06]', async () => {
    let now = Date.UTC(2026, 5, 1)
    const settings = readSettings({
      publicUrl: issuer,
      secret: 'a secret of at least thirty-two characters',
      databaseUrl: 'sqlite::memory:',
      logLevel: 'silent',
      oauthAccessTokenLifetime: tokenLife,
      signingKeyLifetime: 90 * 86_400,
    })
    const instance = await openInstance(settings, { clock: () => now })
    const { respond } = createApp(instance)
    const { client, secret } = await instance.oauth.clients.create(
      { name: 'load', grantTypes: ['client_credentials'], scopes: ['read'], accessTokenFormat: 'jwt' },
      { by: { actor: 'system' } },
    )
    const tokens: { readonly text: string; readonly kid: string; readonly until: number }[] = []

    async function issue(): Promise<string> {
      const fields = { grant_type: 'client_credentials', client_id: client.id, client_secret: secret ?? '' }
      const answer = await respond(
        new Request(`${issuer}/o/token/`, { method: 'POST', body: new URLSearchParams(fields) }),
      )
      assert.equal(answer.status, 200)
      const { access_token: text } = (await answer.json()) as { access_token: string }
      const kid = decodeProtectedHeader(text).kid ?? ''
      tokens.push({ text, kid, until: now + tokenLife * 1000 })
      return kid
    }

    async function published(): Promise<{ readonly set: JSONWebKeySet; readonly maxAge: number }> {
      const answer = await respond(new Request(`${issuer}/o/jwks.json`))
      const maxAge = /max-age=(\d+)/.exec(answer.headers.get('cache-control') ?? '')?.[1]
      return { set: (await answer.json()) as JSONWebKeySet, maxAge: Number(maxAge) }
    }

    /** An API that keeps the set that long, `null` for as long as it is told, and reads it anew only then. */
    function api(keepFor: number | null): () => Promise<void> {
      let keys: ReturnType<typeof createLocalJWKSet> | undefined
      let until = -Infinity
      return async () => {
        if (keys === undefined || now >= until) {
          const { set, maxAge } = await published()
          keys = createLocalJWKSet(set)
          until = now + (keepFor ?? maxAge) * 1000
        }
        for (const { text } of sample(tokens.filter(({ until: end }) => now < end))) {
          await jwtVerify(text, keys, { issuer, typ: 'at+jwt', currentDate: new Date(now) })
        }
      }
    }

    const apis = [api(null), api(announced), api(0)]
    async function load(seconds: number, step: number): Promise<void> {
      for (let passed = 0; passed < seconds; passed += step) {
        now += step * 1000
        await issue()
        for (const verify of apis) await verify()
      }
    }

    const old = await issue()
    // Read just before the rotation, by those that will not look again for the longest.
    for (const verify of apis) await verify()
    const [record] = await instance.signingKeys.rotate({ by: { actor: 'user:admin' } })
    await load(60, 1)
    assert.equal(await issue(), old, 'published, and not yet signing')
    assert.ok((await published()).set.keys.some(({ kid }) => kid === record?.kid))
    await load(announced, 10)
    assert.equal(await issue(), record?.kid)
    await load(tokenLife, 60)
    assert.ok(tokens.some(({ kid }) => kid === old) && tokens.some(({ kid }) => kid === record?.kid))

    // A key that got out signs nothing more from now on; whoever reads the set anew goes on with what the new one signs.
    const [urgent] = await instance.signingKeys.rotate({ by: { actor: 'user:admin' }, now: true })
    assert.equal(await issue(), urgent?.kid)
    await apis[2]?.()

    now += 31 * 86_400_000
    await instance.signingKeys.reload()
    const left = (await published()).set.keys.map(({ kid }) => kid)
    assert.equal(left.includes(old), false)
    assert.ok(left.includes(urgent?.kid ?? ''))
    await instance.close()
  })
})

/** The oldest, the newest, and some between. */
function sample<Value>(values: readonly Value[]): readonly Value[] {
  const step = Math.max(1, Math.floor(values.length / 8))
  return values.filter((_, index) => index % step === 0 || index === values.length - 1)
}
