import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeliveryFailed, type Envelope, smtp } from './smtp.ts'
import { mailServer } from './smtp-server.contract.ts'

const from = 'Acme <no-reply@example.com>'
const mail: Envelope = {
  to: 'ada@example.org',
  id: '0IXlrmD1lNg',
  subject: 'Acme: Hello',
  text: 'Hello\n',
  html: '<p>Hello</p>',
}

async function failure(sending: Promise<void>): Promise<DeliveryFailed> {
  const error = await sending.then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof DeliveryFailed)
  return error
}

describe('smtp', () => {
  it('hands a message over, as text and as HTML, under an id that stays', async () => {
    const server = await mailServer()
    const send = smtp({ url: server.url, from })
    await send(mail)
    await send(mail)
    const [first, second] = server.received
    assert.deepEqual([first?.from, first?.to], ['no-reply@example.com', ['ada@example.org']])
    for (const received of [first, second]) {
      const raw = received?.raw ?? ''
      assert.match(raw, /^From: Acme <no-reply@example\.com>$/m)
      assert.match(raw, /^To: ada@example\.org$/m)
      assert.match(raw, /^Message-ID: <0IXlrmD1lNg@example\.com>$/m)
      assert.match(raw, /^Auto-Submitted: auto-generated$/m)
      assert.match(raw, /^Content-Type: multipart\/alternative;/m)
      assert.match(raw, /^Content-Type: text\/plain;[^]*Hello[^]*^Content-Type: text\/html;[^]*<p>Hello<\/p>/m)
    }
  })

  it('sends to one plain address or not at all [B-ACC-07]', async () => {
    const server = await mailServer()
    const send = smtp({ url: server.url, from })
    for (const local of ['eve@evil.example,ada', '"eve@evil.example x"', 'ada;eve', '<eve@evil.example>', 'Eve <eve']) {
      assert.equal((await failure(send({ ...mail, to: `${local}@example.org` }))).isFinal, true)
    }
    for (const to of ["o'brien+a=b@example.org", 'ädä@exämple.org', '=?x?@example.org']) await send({ ...mail, to })
    assert.deepEqual(
      server.received.map((received) => received.to),
      [["o'brien+a=b@example.org"], ['ädä@exämple.org'], ['=?x?@example.org']],
    )
  })

  it('tells what is refused for good from what may be tried again, and names no address', async () => {
    const server = await mailServer()
    const send = smtp({ url: server.url, from })
    const cases = [
      [550, true],
      [553, true],
      [450, false],
      [421, false],
    ] as const
    for (const [code, isFinal] of cases) {
      server.refusal = { code, message: 'not ada@example.org' }
      const error = await failure(send(mail))
      assert.equal(error.isFinal, isFinal, String(code))
      assert.ok(!error.message.includes('ada'))
      assert.match(error.message, new RegExp(`${code}`))
    }
    server.refusal = null
    await send(mail)
    await server.close()
    assert.equal((await failure(send(mail))).isFinal, false)
  })

  it('signs in where the address says so, and tries again where its credentials are refused', async () => {
    const seen: string[] = []
    const server = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username = '', password = '' }, _session, callback) => {
        seen.push(`${username} ${password}`)
        if (password === 'p@ss word') callback(null, { user: username })
        else callback(new Error('no'))
      },
    })
    await smtp({ url: `smtp://acme%40example.com:p%40ss%20word@127.0.0.1:${server.port}`, from })(mail)
    assert.equal(server.received.length, 1)
    const error = await failure(smtp({ url: `smtp://acme:wrong@127.0.0.1:${server.port}`, from })(mail))
    assert.equal(error.isFinal, false)
    assert.deepEqual(seen, ['acme@example.com p@ss word', 'acme wrong'])
    assert.ok(!error.message.includes('wrong'))
  })

  it('sends nothing without TLS, but to this machine or where that is allowed', async () => {
    const server = await mailServer()
    const error = await failure(smtp({ url: server.url, from, tls: true })(mail))
    assert.equal(error.isFinal, false)
    assert.equal(server.received.length, 0)
    await smtp({ url: server.url, from, tls: false })(mail)
    assert.equal(server.received.length, 1)
  })

  it('trusts no certificate that nobody vouches for', async () => {
    // Its own certificate, which nobody signed.
    const server = await mailServer({ secure: true })
    const error = await failure(smtp({ url: `smtps://127.0.0.1:${server.port}`, from })(mail))
    assert.equal(error.isFinal, false)
    assert.equal(server.received.length, 0)
  })

  it('gives up on a server that says nothing', async () => {
    const server = await mailServer({ onConnect: () => undefined })
    const error = await failure(smtp({ url: server.url, from, timeout: 100 })(mail))
    assert.equal(error.isFinal, false)
  })

  it('refuses settings that cannot be, and says which', () => {
    for (const url of ['', 'mail.example.com', 'http://mail.example.com', 'smtp://']) {
      assert.throws(() => smtp({ url, from }), /smtp: url/)
    }
    for (const sender of ['', 'Acme', 'a@b, c@d', 'Acme <a@b', 'a b@c']) {
      assert.throws(() => smtp({ url: 'smtp://127.0.0.1', from: sender }), /smtp: from/)
    }
  })
})
