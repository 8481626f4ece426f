import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mailedServer } from './by-mail-server.contract.ts'

const right = 'correct horse battery'

describe('where one wanted to go', () => {
  const wanted = '/o/authorize/?client_id=notes&state=a%2Fb'

  it('is where the link of a sign-up leads to, in whichever browser it is opened', async () => {
    await using server = await mailedServer({ signUp: 'open' })
    const visitor = server.visitor()
    const form = await visitor.get(`/accounts/sign-up/?next=${encodeURIComponent(wanted)}`)
    await visitor.submit(form, 'sign-up', { email: 'eve@example.org', password: right })
    const elsewhere = server.visitor()
    const page = await elsewhere.get(await server.link('email_verification'))
    const done = await elsewhere.submit(page, 'verify')
    assert.ok(done.text.includes(`href="/accounts/login/?next=${encodeURIComponent(wanted)}"`), done.text)
  })

  it('is kept when another link is asked for, and when a sign-in waits for the address', async () => {
    await using server = await mailedServer({ emailVerification: 'mandatory' })
    await server.doorward.users.create({ username: 'eve', email: 'eve@example.org', password: right })
    const visitor = server.visitor()
    const form = await visitor.get(`/accounts/verify-email/resend/?next=${encodeURIComponent(wanted)}`)
    await visitor.submit(form, 'resend', { email: 'eve@example.org' })
    const done = await visitor.submit(await visitor.get(await server.link('email_verification')), 'verify')
    assert.ok(done.text.includes(encodeURIComponent(wanted)), done.text)
    await server.doorward.instance.users.update((await server.doorward.instance.users.findByLogin('eve'))?.id ?? '', {
      emailVerified: false,
    })
    await server.json('/accounts/login/', { username: 'eve', password: right })
    const signIn = await visitor.get(`/accounts/login/?next=${encodeURIComponent(wanted)}`)
    await visitor.submit(signIn, 'sign-in', { username: 'eve', password: right })
    const elsewhere = server.visitor()
    const again = await elsewhere.submit(await elsewhere.get(await server.link('email_verification')), 'verify')
    assert.ok(again.text.includes(encodeURIComponent(wanted)), again.text)
  })

  it('is where a new password leads to, and never another site', async () => {
    await using server = await mailedServer()
    await server.doorward.users.create({ username: 'eve', email: 'eve@example.org', password: right })
    const visitor = server.visitor()
    const ask = async (next: string) => {
      const form = await visitor.get(`/accounts/password/reset/?next=${encodeURIComponent(next)}`)
      const { csrfmiddlewaretoken = '' } = Object.fromEntries(
        [...form.text.matchAll(/name="(csrfmiddlewaretoken)" value="([^"]+)"/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      )
      await visitor.post('/accounts/password/reset/', { csrfmiddlewaretoken, next, email: 'eve@example.org' })
      const elsewhere = server.visitor()
      const page = await elsewhere.get(await server.link('password_reset'))
      return elsewhere.submit(page, 'new-password', { new_password: `${right} ${next.length}` })
    }
    const done = await ask(wanted)
    assert.match(done.text, /The password is set/)
    assert.ok(done.text.includes(`next=${encodeURIComponent(wanted)}`), done.text)
    assert.doesNotMatch((await ask('https://evil.example/')).text, /evil/)
  })
})
