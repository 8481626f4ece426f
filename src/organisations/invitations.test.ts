import assert from 'node:assert/strict'
import { it } from 'node:test'
import { refusal } from '../accounts/refusal.contract.ts'
import { createInvitationMail } from './invitation-mail.ts'
import type { Message } from '../mail/message.ts'
import { render } from '../mail/render.ts'
import { createUsers } from '../accounts/users.ts'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { formatId, parseId } from '../storage/id.ts'
import { onEachDatabase, type Stage } from '../tokens/databases.contract.ts'
import type { Standing } from '../tokens/standing.ts'
import type { InvitationState } from './invitation-record.ts'
import { organisationStage, type OrganisationStage } from './stage.contract.ts'

onEachDatabase('createInvitations', (stage) => {
  it('makes whoever is invited a member, once, by the link in the mail', async () => {
    const { invitations, members, acme, ada, posted, reader, principal, events, database } = await open(stage)
    const bob = await reader('bob@example.org')
    const sent = await invitations.create(
      { organisationId: acme, email: ' Bob@Example.org', standing: 'admin', inviterId: ada },
      { actor: `user:${ada}` },
    )
    const [mail] = posted
    assert.deepEqual(mail, {
      to: 'Bob@Example.org',
      token: sent.token,
      organisation: 'Acme',
      standing: 'admin',
      inviter: 'ada',
      expiresAt: sent.expiresAt,
    })
    // Nothing of the secret is kept.
    const stored = JSON.stringify(await database.read.selectFrom('invitations').selectAll().execute(), (_, value) =>
      typeof value === 'bigint' ? String(value) : (value as unknown),
    )
    assert.ok(!stored.includes(sent.token.slice(-40)))
    const view = await invitations.read(sent.token)
    assert.deepEqual(
      [
        view?.organisationName,
        view?.organisationSlug,
        view?.standing,
        view?.state,
        view?.inviterName,
        view?.isSuspended,
      ],
      ['Acme', 'acme', 'admin', 'waiting', 'ada', false],
    )
    assert.deepEqual(await invitations.accept(sent.token, bob), { organisationId: acme })
    assert.deepEqual((await principal(bob))?.organisations?.[0]?.roles, new Set(['admin']))
    assert.equal((await invitations.read(sent.token))?.state, 'accepted')
    assert.equal((await refusal(invitations.accept(sent.token, bob))).status, 409)
    assert.equal((await members.list(acme)).members.length, 2)
    assert.deepEqual((await events()).slice(-2), ['invitation.created', 'invitation.accepted'])
  })

  it('lets nobody in for whoever may not invite them any more, until somebody else sends it again', async () => {
    const { invitations, members, acme, ada, reader, person, time } = await open(stage)
    const [eve, bob] = [await person({ username: 'eve' }), await reader('bob@example.org')]
    await members.add(acme, eve, 'owner')
    const invite = { organisationId: acme, email: 'bob@example.org', standing: 'owner', inviterId: eve } as const
    const { id, token } = await invitations.create(invite, { actor: `user:${eve}`, allowedBy: eve })
    await members.setStanding(acme, eve, 'admin')
    assert.match((await refusal(invitations.accept(token, bob))).message, /may not do that any more/)
    await members.remove(acme, eve)
    const refused = await refusal(invitations.accept(token, bob))
    assert.deepEqual([refused.status, refused.code], [409, 'conflict'])
    assert.equal(await members.find(acme, bob), null)
    // It is not used up by that, and somebody who may do it sends it on.
    assert.equal((await invitations.read(token))?.state, 'waiting')
    time.now += 60_000
    const again = await invitations.resend(id, { by: { actor: `user:${ada}`, allowedBy: ada }, organisationId: acme })
    assert.equal((await invitations.read(again.token))?.inviterName, 'ada')
    await invitations.accept(again.token, bob)
    assert.equal((await members.find(acme, bob))?.standing, 'owner')
  })

  it('lets nobody in for an administrator who is none any more, or whose account is disabled or gone', async () => {
    const { invitations, members, acme, reader, person, time, database, clock } = await open(stage)
    const users = createUsers({ database, clock, hasher: createPasswordHasher() })
    const root = await person({ username: 'root', is_superuser: 1 })
    const mallory = await person({ username: 'mallory', is_staff: 1 })
    const bob = await reader('bob@example.org')
    const invite = { organisationId: acme, email: 'bob@example.org', standing: 'owner' } as const
    const { id, token } = await invitations.create(invite, { actor: `user:${mallory}` })
    // Nobody learns from it who administers this server.
    assert.equal((await invitations.read(token))?.inviterName, null)
    await users.update(mallory, { isStaff: false })
    assert.match((await refusal(invitations.accept(token, bob))).message, /may not do that any more/)
    await users.update(mallory, { isStaff: true, staffUntil: clock() + 1000 })
    time.now += 1001
    assert.equal((await refusal(invitations.accept(token, bob))).status, 409)
    await users.update(mallory, { isStaff: true, staffUntil: null })
    await users.disable(mallory)
    assert.equal((await refusal(invitations.accept(token, bob))).status, 409)
    assert.equal(await members.find(acme, bob), null)
    time.now += 60_000
    const again = await invitations.resend(id, { by: { actor: `user:${root}` } })
    await users.update(root, { isStaff: true })
    await invitations.accept(again.token, bob)
    assert.equal((await members.find(acme, bob))?.standing, 'owner')
    const eve = { ...invite, email: 'eve@example.org' }
    await users.enable(mallory)
    const left = await invitations.create(eve, { actor: `user:${mallory}` })
    await users.delete(mallory)
    assert.equal((await invitations.read(left.token))?.state, 'cancelled')
    time.now += 60_000
    // What the command line sends is the server's own.
    const own = await invitations.create(eve, { actor: 'system' })
    await invitations.accept(own.token, await reader('eve@example.org'))
  })

  it('carries no link but its own: neither the name of the organisation nor of whoever invites is made one', async () => {
    const letters: Message[] = []
    const outbox = {
      add: async (_unit: unknown, letter: Message | null) => BigInt(letter === null ? 0 : letters.push(letter)),
    }
    const post = createInvitationMail({ outbox, baseUrl: 'https://id.example' })
    await post({} as never, {
      to: 'bob@example.org',
      token: 'dw_inv_x',
      organisation: 'You have won: https://evil.example/now',
      standing: 'member',
      inviter: 'Support www.evil.example',
      expiresAt: 0,
    })
    const { text, html } = await render(letters[0] ?? { kind: '', to: '', subject: '', parts: [] }, 'Example')
    for (const written of [text, html, letters[0]?.subject ?? '']) {
      assert.match(written, /You have won/)
      assert.doesNotMatch(written, /https:\/\/evil|evil\.example/)
    }
    assert.match(text, /https:\/\/id\.example\/accounts\/invitation\/dw_inv_x\//)
  })

  it('is cancelled with the account of whoever sent it, since nobody could tell any more whether they may', async () => {
    const { invitations, members, acme, reader, person, database, clock } = await open(stage)
    const [eve, bob] = [await person({ username: 'eve' }), await reader('bob@example.org')]
    await members.add(acme, eve, 'admin')
    const invite = { organisationId: acme, email: 'bob@example.org', inviterId: eve } as const
    const { token } = await invitations.create(invite, { actor: `user:${eve}`, allowedBy: eve })
    const users = createUsers({ database, clock, hasher: createPasswordHasher() })
    await users.delete(eve)
    assert.equal((await invitations.read(token))?.state, 'cancelled')
    assert.equal((await refusal(invitations.accept(token, bob))).status, 409)
    assert.equal(await members.find(acme, bob), null)
  })

  it('lets nobody else in: the address has to be theirs, and verified', async () => {
    const { invitations, members, acme, reader, person } = await open(stage)
    const { token } = await invitations.create({ organisationId: acme, email: 'bob@example.org' })
    const unverified = await person({ email: 'bob@example.org', email_key: 'bob@example.org' })
    for (const userId of [await reader('eve@example.org'), await person(), unverified]) {
      const refused = await refusal(invitations.accept(token, userId))
      assert.equal(refused.status, 403)
      assert.ok(!refused.message.includes('bob'))
    }
    for (const userId of ['', 'x']) assert.equal((await refusal(invitations.accept(token, userId))).status, 404)
    assert.equal((await refusal(invitations.accept(token, '00000000001'))).status, 403)
    assert.equal((await members.list(acme)).members.length, 1)
    assert.equal((await invitations.read(token))?.state, 'waiting')
  })

  it('is accepted once, whatever 50 ask for at once, here and elsewhere', async () => {
    const opened = await open(stage)
    const { invitations, members, acme, reader, events, second } = opened
    const bob = await reader('bob@example.org')
    const { token } = await invitations.create({ organisationId: acme, email: 'bob@example.org' })
    const elsewhere = (await organisationStage({ ...opened, database: second })).invitations
    const asked = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, turn) => (turn % 2 === 0 ? invitations : elsewhere).accept(token, bob)),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await members.list(acme)).members.length, 2)
    assert.equal((await events()).filter((event) => event === 'invitation.accepted').length, 1)
  })

  it('ends a link when another is sent, and sends no faster than once a minute', async () => {
    const { invitations, acme, reader, posted, time } = await open(stage)
    const bob = await reader('bob@example.org')
    const first = await invitations.create({ organisationId: acme, email: 'bob@example.org' })
    time.now += 59_999
    assert.equal((await refusal(invitations.resend(first.id))).status, 409)
    time.now += 1
    const again = await invitations.resend(first.id)
    assert.deepEqual([again.id, posted.length], [first.id, 2])
    assert.equal(again.expiresAt, first.expiresAt + 60_000)
    assert.equal(await invitations.read(first.token), null)
    assert.equal((await refusal(invitations.accept(first.token, bob))).status, 404)
    await invitations.accept(again.token, bob)
    time.now += 60_000
    assert.equal((await refusal(invitations.resend(first.id))).status, 409)
  })

  it('ends after a week, or when it is cancelled, and says so', async () => {
    const { invitations, acme, reader, time } = await open(stage)
    const [bob, eve] = [await reader('bob@example.org'), await reader('eve@example.org')]
    const late = await invitations.create({ organisationId: acme, email: 'bob@example.org' })
    const cancelled = await invitations.create({ organisationId: acme, email: 'eve@example.org' })
    await invitations.cancel(cancelled.id)
    await invitations.cancel(cancelled.id)
    assert.match((await refusal(invitations.accept(cancelled.token, eve))).message, /cancelled/)
    assert.equal((await refusal(invitations.resend(cancelled.id))).status, 409)
    time.now = late.expiresAt
    assert.match((await refusal(invitations.accept(late.token, bob))).message, /run out/)
    const states = async (state?: InvitationState) =>
      (await invitations.list({ organisationId: acme, ...(state === undefined ? {} : { state }) })).invitations.map(
        (one) => [one.email, one.state],
      )
    assert.deepEqual(await states(), [
      ['eve@example.org', 'cancelled'],
      ['bob@example.org', 'expired'],
    ])
    assert.deepEqual(await states('expired'), [['bob@example.org', 'expired']])
    assert.deepEqual(await states('cancelled'), [['eve@example.org', 'cancelled']])
    assert.deepEqual(await states('waiting'), [])
    // One that has run out can be sent again, or be replaced.
    const again = await invitations.resend(late.id)
    assert.equal((await invitations.find(late.id))?.state, 'waiting')
    time.now = again.expiresAt
    const other = await invitations.create({ organisationId: acme, email: 'BOB@example.org' })
    await invitations.accept(other.token, bob)
    assert.equal((await invitations.find(other.id))?.state, 'accepted')
    assert.equal((await invitations.find(late.id))?.state, 'cancelled')
  })

  it('refuses a second one to the same address, members, and values that cannot be', async () => {
    const { invitations, organisations, acme, reader, members } = await open(stage)
    const bob = await reader('bob@example.org')
    await members.add(acme, bob, 'member')
    await invitations.create({ organisationId: acme, email: 'eve@example.org' })
    for (const email of ['eve@example.org', 'Eve@EXAMPLE.org', 'bob@example.org']) {
      assert.equal((await refusal(invitations.create({ organisationId: acme, email }))).status, 409, email)
    }
    for (const email of [
      '',
      'x',
      'a b@example.org',
      '@',
      'a@b@c',
      '"a"@example.org',
      'a@b,c@d.e',
      `${'x'.repeat(251)}@a.b`,
    ]) {
      assert.equal((await refusal(invitations.create({ organisationId: acme, email }))).status, 400, email)
    }
    const standing = 'king' as Standing
    const kings = { organisationId: acme, email: 'king@example.org', standing }
    assert.equal((await refusal(invitations.create(kings))).status, 400)
    for (const id of ['', 'x', '00000000001']) {
      assert.equal((await refusal(invitations.create({ organisationId: id, email: 'a@b.c' }))).status, 404)
      assert.equal((await refusal(invitations.resend(id))).status, 404)
      assert.equal((await refusal(invitations.cancel(id))).status, 404)
      assert.equal(await invitations.find(id), null)
    }
    for (const token of ['', 'x', 'dw_inv_00000000001_', `dw_at_${'0'.repeat(11)}_${'a'.repeat(49)}`]) {
      assert.equal(await invitations.read(token), null)
      assert.equal((await refusal(invitations.accept(token, bob))).status, 404)
    }
    await organisations.suspend(acme)
    assert.equal((await refusal(invitations.create({ organisationId: acme, email: 'a@b.c' }))).status, 409)
  })

  it('lets nobody in while the organisation is suspended, and whoever is a member stays what they are', async () => {
    const { invitations, organisations, members, acme, reader } = await open(stage)
    const bob = await reader('bob@example.org')
    const { token, id } = await invitations.create({
      organisationId: acme,
      email: 'bob@example.org',
      standing: 'admin',
    })
    await organisations.suspend(acme)
    assert.equal((await invitations.read(token))?.isSuspended, true)
    assert.equal((await refusal(invitations.accept(token, bob))).status, 409)
    assert.equal((await refusal(invitations.resend(id))).status, 409)
    await organisations.resume(acme)
    await members.add(acme, bob, 'member')
    await invitations.accept(token, bob)
    assert.equal((await members.find(acme, bob))?.standing, 'member')
  })

  it('is not there for another organisation (AD01)', async () => {
    const { invitations, acme, other, time } = await open(stage)
    const { id } = await invitations.create({ organisationId: acme, email: 'bob@example.org' })
    time.now += 60_000
    assert.equal((await refusal(invitations.resend(id, { organisationId: other }))).status, 404)
    assert.equal((await refusal(invitations.cancel(id, { organisationId: other }))).status, 404)
    assert.deepEqual((await invitations.list({ organisationId: other })).invitations, [])
    await invitations.resend(id, { organisationId: acme })
    await invitations.cancel(id, { organisationId: acme })
  })

  it('is no way to write to somebody again and again, nor to many', async () => {
    const { invitations, acme, other, time, database } = await open(stage)
    const bob = { organisationId: acme, email: 'bob@example.org' }
    const first = await invitations.create(bob)
    await invitations.cancel(first.id)
    time.now += 59_999
    assert.match((await refusal(invitations.create(bob))).message, /less than a minute ago/)
    await invitations.create({ ...bob, organisationId: other })
    time.now += 1
    await invitations.create(bob)
    // Without each of them, this would be the last one in a day.
    const [row] = await database.read
      .selectFrom('invitations')
      .selectAll()
      .where('id', '=', parseId(first.id))
      .execute()
    assert.ok(row !== undefined)
    const many = Array.from({ length: 498 }, (_, turn) => ({
      ...row,
      id: database.newId(),
      email_key: `${turn}@example.org`,
      sent_at: time.now,
    }))
    await database.append({ invitations: many })
    assert.match((await refusal(invitations.create({ ...bob, email: 'eve@example.org' }))).message, /within a day/)
    time.now += 86_400_000
    await invitations.create({ ...bob, email: 'eve@example.org' })
    const waiting = many.map((one) => ({ ...one, id: database.newId(), cancelled_at: null, expires_at: time.now + 1 }))
    await database.append({ invitations: waiting })
    assert.match((await refusal(invitations.create({ ...bob, email: 'x@example.org' }))).message, /wait for an answer/)
  })

  it('lists them page by page', async () => {
    const { invitations, acme } = await open(stage)
    for (const name of ['a', 'b', 'c']) {
      await invitations.create({ organisationId: acme, email: `${name}@example.org` })
    }
    const first = await invitations.list({ limit: 2 })
    const rest = await invitations.list({ limit: 2, after: first.next ?? '' })
    assert.deepEqual(
      [...first.invitations, ...rest.invitations].map(({ email }) => email),
      ['c@example.org', 'b@example.org', 'a@example.org'],
    )
    assert.equal(rest.next, null)
  })

  it('sends nothing where it cannot be written down, and keeps nothing where it cannot be sent', async () => {
    const opened = await open(stage)
    const { acme, database } = opened
    const failing = await organisationStage(opened, async () => {
      throw new Error('no mail')
    })
    await assert.rejects(failing.invitations.create({ organisationId: acme, email: 'bob@example.org' }), /no mail/)
    assert.deepEqual(await database.read.selectFrom('invitations').select('id').execute(), [])
  })
})

interface Opened extends OrganisationStage {
  readonly acme: string
  readonly other: string
  readonly ada: string
  /** Somebody who reads mail there. */
  readonly reader: (email: string) => Promise<string>
}

async function open(stage: () => Promise<Stage>): Promise<Opened> {
  const opened = await organisationStage(await stage())
  const ada = await opened.person({ username: 'ada' })
  const acme = await opened.organisations.create({ name: 'Acme', slug: 'acme', ownerId: ada })
  const other = await opened.organisations.create({ name: 'Other', slug: 'other', ownerId: ada })
  const reader = async (email: string): Promise<string> =>
    formatId((await opened.addUser({ email, email_key: email, email_verified: 1 })).id)
  return { ...opened, acme: acme.id, other: other.id, ada, reader }
}
