import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDeviceDesk } from '../device-desk.contract.ts'
import { deviceCodeGrant } from '../grants/device-code.ts'

const path = '/o/device-authorization/'

describe('the device authorization endpoint', () => {
  it('gives two codes, the address to type one in, and how long and how often [DV01 B-DEV-01]', async () => {
    const desk = await openDeviceDesk()
    const answer = await desk.post(path, { client_id: desk.device, scope: 'read' })
    // RFC 8628, section 3.2.
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    assert.match(answer.header('content-type') ?? '', /^application\/json/)
    const { device_code: deviceCode, user_code: userCode, ...rest } = answer.json
    assert.match(String(deviceCode), /^dw_dev_/)
    assert.match(String(userCode), /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.deepEqual(rest, {
      verification_uri: 'https://id.example/o/device/',
      verification_uri_complete: `https://id.example/o/device/?user_code=${String(userCode)}`,
      expires_in: 600,
      interval: 5,
    })
    await desk.close()
  })

  it('keeps neither code, only digests, and that of the user code is keyed [DV06]', async () => {
    const desk = await openDeviceDesk()
    const { device_code: deviceCode, user_code: userCode } = await desk.begin()
    const [row] = await desk.database.read.selectFrom('device_codes').selectAll().execute()
    const text = JSON.stringify(row, (_, value: unknown) =>
      typeof value === 'bigint'
        ? String(value)
        : value instanceof Uint8Array
          ? Buffer.from(value).toString('latin1')
          : value,
    )
    for (const secret of [deviceCode, userCode, userCode.replace('-', '')]) assert.ok(!text.includes(secret))
    const audit = await desk.database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('event', '=', 'device_code.issued')
      .execute()
    assert.equal(audit.length, 1)
    await desk.close()
  })

  it('refuses a client that is unknown, unnamed, named twice or switched off [B-DEV-01 B-DEV-09 CA19]', async () => {
    const desk = await openDeviceDesk()
    const unnamed = await desk.post(path, { scope: 'read' })
    assert.deepEqual([unnamed.status, unnamed.json['error']], [401, 'invalid_client'])
    const unknown = await desk.post(path, { client_id: 'nobody', scope: 'read' })
    assert.deepEqual([unknown.status, unknown.json['error']], [401, 'invalid_client'])
    const twice = await desk.post(path, `client_id=${desk.device}&client_id=${desk.device}&scope=read`)
    assert.deepEqual([twice.status, twice.json['error']], [400, 'invalid_request'])
    await desk.database.write(async (unit) => {
      await unit.updateTable('clients').set({ is_active: 0 }).execute()
    })
    const off = await desk.post(path, { client_id: desk.device, scope: 'read' })
    assert.deepEqual([off.status, off.json['error']], [401, 'invalid_client'])
    await desk.close()
  })

  it('wants the secret of a client that has one, and the grant type of each [B-DEV-09 CA19]', async () => {
    const desk = await openDeviceDesk()
    // RFC 8628, section 3.1: "The client authentication requirements of Section 3.2.1 of [RFC6749] apply".
    const tv = await desk.addClient({ grantTypes: [deviceCodeGrant], scopes: ['read'] })
    const silent = await desk.post(path, { client_id: tv.id, scope: 'read' })
    assert.deepEqual([silent.status, silent.json['error']], [401, 'invalid_client'])
    const proven = await desk.post(path, { client_id: tv.id, client_secret: tv.secret, scope: 'read' })
    assert.equal(proven.status, 200)
    const spa = await desk.addClient({ grantTypes: ['authorization_code'], scopes: ['read'], isPublic: true })
    const other = await desk.post(path, { client_id: spa.id, scope: 'read' })
    assert.deepEqual([other.status, other.json['error']], [400, 'unauthorized_client'])
    await desk.close()
  })

  it('refuses scopes and resources that the client may not ask for, and fields that come twice [B-DEV-11 TX12]', async () => {
    const desk = await openDeviceDesk()
    for (const [fields, error] of [
      ['scope=admin', 'invalid_scope'],
      ['scope=read%20%20write', 'invalid_scope'],
      [`scope=${'x'.repeat(50_000)}`, 'invalid_scope'],
      ['scope=read&resource=https://elsewhere.example/', 'invalid_target'],
      ['scope=read&resource=relative', 'invalid_target'],
      ['scope=read&scope=write', 'invalid_request'],
      ['scope=%ff', 'invalid_request'],
    ] as const) {
      const answer = await desk.post(path, `client_id=${desk.device}&${fields}`)
      assert.deepEqual([answer.status, answer.json['error']], [400, error], fields.slice(0, 80))
      assert.ok(!answer.text.includes('elsewhere'))
    }
    await desk.close()
  })

  it('grants what was asked for at that time, whatever the client is registered for later [B-DEV-06 B-DEV-11]', async () => {
    const desk = await openDeviceDesk()
    const scopes = Array.from({ length: 200 }, (_, index) => `scope-number-${index}`)
    const catalogue = Object.fromEntries(scopes.map((name) => [name, `Do ${name}`]))
    const long = await openDeviceDesk({ scopes: catalogue })
    const { id } = await long.addClient({ grantTypes: [deviceCodeGrant], scopes, isPublic: true })
    const begun = await long.post(path, { client_id: id })
    const bob = await long.person()
    await long.database.write(async (unit) => {
      await unit.updateTable('clients').set({ scopes: 'scope-number-7' }).execute()
    })
    await bob.allow(String(begun.json['user_code']))
    const { json } = await long.poll(String(begun.json['device_code']), { client_id: id })
    assert.equal(json['scope'], scopes.join(' '))
    await Promise.all([desk.close(), long.close()])
  })

  it('gives no more than 120 codes a minute to one network', async () => {
    const desk = await openDeviceDesk()
    const statuses = []
    for (let count = 0; count < 121; count += 1) {
      statuses.push((await desk.post(path, { client_id: desk.device, scope: 'read' })).status)
    }
    assert.deepEqual([statuses.filter((status) => status === 200).length, statuses.at(-1)], [120, 429])
    await desk.close()
  })
})
