import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { createGuessingGuard } from '../../throttling/guessing.ts'
import { Throttled } from '../../core/errors.ts'
import { onEachDatabase } from '../../tokens/databases.contract.ts'
import { createTokenFormat } from '../../tokens/format.ts'
import { byMailStage, codeIn, next, right } from './by-mail.contract.ts'
import { createCodeSignIns } from './code-sign-ins.ts'
import { createMailCodes } from './mail-codes.ts'

const home = { address: '198.51.100.7' }
const email = 'ada@example.org'

onEachDatabase('createCodeSignIns', (stage) => {
  async function open(options: Partial<Parameters<typeof createCodeSignIns>[0]> = {}) {
    const here = await byMailStage(stage)
    const { database, second, clock } = here
    const made = { format: createTokenFormat(), key: randomBytes(32), clock }
    const codes = createMailCodes({ ...made, database })
    const secondCodes = createMailCodes({ ...made, database: second })
    const signIns = createCodeSignIns({ ...here.common, codes, ...options })
    const ada = await here.users.create({
      username: 'ada',
      email: 'Ada@example.org',
      password: right,
      emailVerified: true,
    })
    const ask = async (replaces: string | null = null) => {
      const { handle, expiresAt } = await signIns.request(email, home, replaces)
      return { handle, expiresAt, code: codeIn((await here.mails())[0]) }
    }
    const attempt = async (handle: string, code: string) => signIns.attempt(handle, code, { ...home, email })
    return { ...here, codes, secondCodes, signIns, ada, ask, attempt }
  }

  const wrongFor = (code: string): string => code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10))

  it('lets in who types the code of their mail, with blanks or without [MF08]', async () => {
    const { ask, attempt, mails } = await open()
    for (const write of [
      (code: string) => code,
      (code: string) => code.replace(' ', ''),
      (code: string) => ` ${code.replace(' ', '-')} `,
    ]) {
      const { handle, code } = await ask()
      assert.match(code, /^\d{4} \d{4}$/)
      const outcome = await attempt(handle, write(code))
      assert.equal(outcome.kind, 'right')
      assert.ok(outcome.kind === 'right' && outcome.user.username === 'ada')
    }
    assert.equal((await mails())[0]?.to, 'Ada@example.org')
  })

  it('lets a code work once, of fifty at once on two nodes for one', async () => {
    const { codes, secondCodes, ask } = await open()
    const { handle, code } = await ask()
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => (n % 2 === 0 ? codes : secondCodes).attempt(handle, code)),
    )
    assert.equal(outcomes.filter(({ kind }) => kind === 'right').length, 1)
    assert.equal(outcomes.filter(({ kind }) => kind === 'over').length, 49)
  })

  it('compares three guesses of fifty at once, and is over then [MF03 B-ACC-13]', async () => {
    const { codes, secondCodes, ask, attempt } = await open()
    const { handle, code } = await ask()
    const guesses = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => (n % 2 === 0 ? codes : secondCodes).attempt(handle, wrongFor(code))),
    )
    const left = guesses.flatMap((guess) => (guess.kind === 'wrong' ? [guess.attemptsLeft] : []))
    assert.deepEqual(
      left.toSorted((a, b) => a - b),
      [1, 2],
    )
    assert.equal(await codes.isOpen(handle), false)
    assert.equal((await attempt(handle, code)).kind, 'over')
  })

  it('works for ten minutes at most, and not after a change of password or address [MF08]', async () => {
    const { ask, attempt, codes, time, passwords, users, ada } = await open()
    const first = await ask()
    assert.equal(first.expiresAt, time.now + 600_000)
    time.now += 600_000
    assert.equal((await attempt(first.handle, first.code)).kind, 'over')
    assert.equal(await codes.isOpen(first.handle), false)
    const second = await ask()
    await passwords.set(ada.id, next)
    assert.equal((await attempt(second.handle, second.code)).kind, 'over')
    const third = await ask()
    await users.disable(ada.id)
    assert.equal((await attempt(third.handle, third.code)).kind, 'over')
    const made = { format: createTokenFormat(), key: randomBytes(32) }
    for (const bad of [{ lifetime: 601 }, { lifetime: 0 }, { attempts: 0 }, { attempts: 11 }]) {
      assert.throws(() => createMailCodes({ ...made, database: null as never, ...bad }), TypeError)
    }
  })

  it('is good for the browser that asked, and for no other [MF08]', async () => {
    const { ask, attempt, signIns } = await open()
    const mine = await ask()
    const theirs = await signIns.request(email, home)
    assert.notEqual((await attempt(theirs.handle, mine.code)).kind, 'right')
    for (const handle of ['', 'x', mine.handle.slice(0, -1), mine.handle.replace('_ask_', '_mail_')]) {
      assert.equal((await attempt(handle, mine.code)).kind, 'over')
      assert.equal(await signIns.isOpen(handle), false)
    }
    assert.equal((await attempt(mine.handle, mine.code)).kind, 'right')
  })

  it('is over once another was asked for in the same browser [B-ACC-13]', async () => {
    const { ask, attempt } = await open()
    const first = await ask()
    const second = await ask(first.handle)
    assert.notEqual(first.code, second.code)
    assert.equal((await attempt(first.handle, first.code)).kind, 'over')
    assert.equal((await attempt(second.handle, second.code)).kind, 'right')
  })

  it('says and does the same for whoever has no account, is disabled, or has not proved the address [PW07 B-ACC-03 B-ACC-05 B-ACC-13]', async () => {
    const { signIns, users, attempt, database, mails } = await open()
    await users.create({ username: 'off', email: 'off@example.org', isActive: false, emailVerified: true })
    await users.create({ username: 'new', email: 'new@example.org' })
    for (const typed of ['nobody@example.org', 'off@example.org', 'new@example.org']) {
      const { handle } = await signIns.request(typed, home)
      assert.equal(await signIns.isOpen(handle), true)
      const outcomes: (number | string)[] = []
      for (let n = 0; n < 4; n += 1) {
        const outcome = await attempt(handle, `1234567${n}`)
        outcomes.push(outcome.kind === 'wrong' ? outcome.attemptsLeft : outcome.kind)
      }
      assert.deepEqual(outcomes, [2, 1, 'over', 'over'])
    }
    assert.deepEqual(await mails(), [])
    assert.equal((await database.read.selectFrom('mail_outbox').select('id').execute()).length, 3)
    assert.equal((await database.read.selectFrom('mail_codes').select('id').execute()).length, 3)
  })

  it('never finds a code right that nobody was sent', async () => {
    const { codes, database } = await open()
    const { handle, code } = await database.write(async (unit) => codes.open(unit, null))
    assert.equal((await codes.attempt(handle, code)).kind, 'wrong')
  })

  it('is stored as digests alone', async () => {
    const { ask, database } = await open()
    const { handle, code } = await ask()
    const row = await database.read.selectFrom('mail_codes').selectAll().executeTakeFirstOrThrow()
    const stored = [row.digest, row.code_digest, row.bound_to]
      .map((bytes) => Buffer.from(bytes).toString('latin1'))
      .join('|')
    assert.ok(!stored.includes(handle) && !stored.includes(code.replace(' ', '')))
  })

  it('counts guesses at one account over many codes [MF03]', async () => {
    const guard = createGuessingGuard({ perAccountAndAddress: '5/15m' })
    const { ask, attempt } = await open({ guard: async (account, address) => guard.attempt({ account, address }) })
    let refused = 0
    for (let n = 0; n < 4; n += 1) {
      const { handle, code } = await ask()
      for (let guess = 0; guess < 2; guess += 1) {
        await attempt(handle, wrongFor(code)).catch((error: unknown) => {
          assert.ok(error instanceof Throttled)
          refused += 1
        })
      }
    }
    assert.equal(refused, 3)
  })
})
