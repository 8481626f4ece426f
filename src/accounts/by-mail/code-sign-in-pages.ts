import { AuthenticationFailed } from '../../core/errors.ts'
import type { Sealer } from '../../crypto/seal.ts'
import { type Answer, type Endpoint, type Exchange, jsonAnswer } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { withQuery } from '../../http/with-query.ts'
import { codeEntryPage } from '../../pages/code-entry.ts'
import { askCodePage, codeElsewherePage, codeLinkPage } from '../../pages/code-sign-in.ts'
import { duration } from '../../pages/components.ts'
import type { Site } from '../../pages/layout.ts'
import { toUser, userColumns } from '../../tokens/principal.ts'
import type { User } from '../../core/identity.ts'
import type { Database } from '../../storage/database.ts'
import { queryOf, textOf } from '../browser-session.ts'
import type { CompleteSignIn, SignInOutcome } from '../complete-sign-in.ts'
import { type Faults, faultsIn, neededText, problemsOf } from '../faults.ts'
import type { OpenForms } from '../open-forms.ts'
import { signInAnswer, signInJson } from '../sign-in-answer.ts'
import { type AskedCode, createAskedCodeCookie } from './asked-code.ts'
import type { CodeSignIns } from './code-sign-ins.ts'
import { createLinkCookie } from './link-cookie.ts'

export interface CodeSignInPagesOptions {
  readonly database: Pick<Database, 'read'>
  readonly codeSignIns: CodeSignIns
  readonly completion: Pick<CompleteSignIn, 'complete'>
  readonly forms: OpenForms
  /** Keeps what the browser carries unreadable, since it holds the address. */
  readonly sealer: Pick<Sealer, 'seal' | 'open'>
  readonly site?: Site
  /** Whether browsers reach this site by https (true). */
  readonly secure?: boolean
  readonly path?: string
  readonly confirmPath?: string
  readonly linkPath?: string
  readonly signInPath?: string
  readonly home?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

interface Endpoints {
  readonly GET: Endpoint
  readonly POST: Endpoint
}

/**
 * Signing in by a code in a mail: it is asked for, and typed in, in one browser, wherever the mail is read. Where that is the same
 * browser, the link of the mail does for typing.
 */
export function createCodeSignInPages(options: CodeSignInPagesOptions): {
  readonly request: Endpoints
  readonly confirm: Endpoints
  readonly link: Endpoints
} {
  const {
    database,
    codeSignIns,
    completion,
    forms,
    sealer,
    site,
    secure = true,
    home = '/',
    clock = Date.now,
  } = options
  const { path = '/accounts/code/', confirmPath = '/accounts/code/confirm/', signInPath = '/accounts/login/' } = options
  const { linkPath = '/accounts/code/link/' } = options
  const { kept, cleared, read: carried } = createAskedCodeCookie({ sealer, secure })
  const link = createLinkCookie({ name: 'codelink', secure, lifetime: 900 })

  async function ask(request: Exchange, email: string, next: string): Promise<AskedCode> {
    const { handle, expiresAt } = await codeSignIns.request(
      email,
      requestedBy(request),
      carried(request)?.handle ?? null,
    )
    return { handle, email: email.trim(), expiresAt, next }
  }

  async function askPage(request: Exchange, email: string, next: string, faults: Faults = {}): Promise<Answer> {
    const problems = problemsOf(faults)
    const hint = email === '' ? {} : { login_hint: email }
    const back = withQuery(signInPath, { ...forms.carry(next), ...hint })
    return forms.show(
      request,
      async (hidden) => askCodePage({ site, action: path, hidden, email, signIn: back, problems }),
      { status: problems.length > 0 ? 400 : 200, next },
    )
  }

  const request: Endpoints = forms.endpoint({
    GET: async (asked) => askPage(asked, queryOf(asked.url, 'email') ?? '', forms.nextOf(asked)),
    form: async (asked, fields) => {
      const next = forms.nextOf(asked, fields)
      // Of the page to sign in, the name comes along; of this one, the address.
      const email = textOf(fields, 'email') ?? textOf(fields, 'username') ?? ''
      try {
        return forms.lead(confirmPath, forms.carry(next), [kept(await ask(asked, email, next))])
      } catch (error) {
        return askPage(asked, email, next, faultsIn(error))
      }
    },
    json: async (asked, fields) => {
      const made = await ask(asked, neededText(fields, 'email'), forms.nextOf(asked, fields))
      const expiresIn = Math.ceil((made.expiresAt - clock()) / 1000)
      const detail = 'If there is an account with this address, a code was mailed to it.'
      return jsonAnswer({ detail, expiresIn }, 200, [kept(made)])
    },
  })

  async function codePage(
    asked: Exchange,
    one: AskedCode,
    next: string,
    problem: string | null = null,
  ): Promise<Answer> {
    const left = Math.max(0, Math.ceil((one.expiresAt - clock()) / 1000))
    return forms.show(
      asked,
      async (hidden) =>
        codeEntryPage({
          site,
          action: confirmPath,
          again: path,
          hidden,
          email: one.email,
          timeLeft: duration(left),
          until: one.expiresAt,
          otherAddress: withQuery(path, forms.carry(next)),
          signIn: withQuery(signInPath, { ...forms.carry(next), login_hint: one.email }),
          problem,
        }),
      { status: problem === null ? 200 : 400, next },
    )
  }

  async function overPage(asked: Exchange, email: string, next: string): Promise<Answer> {
    return askPage(asked, email, next, { email: ['The code is used up or too old. Ask for another one.'] })
  }

  async function tryCode(asked: Exchange, one: AskedCode, code: string, next: string | null) {
    // Before the code is looked at: what ends sessions meanwhile ends this one too.
    const authenticatedAt = Math.floor(clock())
    const outcome = await codeSignIns.attempt(one.handle, code, { ...requestedBy(asked), email: one.email })
    if (outcome.kind !== 'right') return outcome
    const user = await userOf(outcome.user.id)
    if (user === null) return { kind: 'over' } as const
    return {
      kind: 'right',
      signIn: await completion.complete(asked, { user, amr: ['email'], authenticatedAt, next }),
    } as const
  }

  async function userOf(id: bigint): Promise<User | null> {
    const row = await database.read.selectFrom('users').select(userColumns).where('id', '=', id).executeTakeFirst()
    return row === undefined ? null : toUser(row, Number.POSITIVE_INFINITY)
  }

  const withCleared = (outcome: SignInOutcome): SignInOutcome => ({
    ...outcome,
    headers: [...outcome.headers, cleared],
  })

  const confirm: Endpoints = forms.endpoint({
    GET: async (asked) => {
      const [one, next] = [carried(asked), forms.nextOf(asked)]
      if (one === null) return forms.lead(path, forms.carry(next))
      return (await codeSignIns.isOpen(one.handle)) ? codePage(asked, one, next) : overPage(asked, one.email, next)
    },
    form: async (asked, fields) => confirmWith(asked, textOf(fields, 'code') ?? '', forms.nextOf(asked, fields)),
    json: async (asked, fields) => fromJson(asked, neededText(fields, 'code')),
  })

  async function confirmWith(asked: Exchange, code: string, next: string): Promise<Answer> {
    const one = carried(asked)
    if (one === null) return forms.lead(path, forms.carry(next))
    if (code.trim() === '') return codePage(asked, one, next, 'Type in the code of the mail.')
    const outcome = await tryCode(asked, one, code, next)
    if (outcome.kind === 'right') return signInAnswer(withCleared(outcome.signIn), home)
    return outcome.kind === 'over'
      ? overPage(asked, one.email, next)
      : codePage(asked, one, next, wrongCode(outcome.attemptsLeft))
  }

  async function fromJson(asked: Exchange, code: string): Promise<Answer> {
    const one = carried(asked)
    const outcome = one === null ? ({ kind: 'over' } as const) : await tryCode(asked, one, code, null)
    if (outcome.kind === 'right') return signInJson(withCleared(outcome.signIn), clock)
    const attemptsLeft = outcome.kind === 'wrong' ? outcome.attemptsLeft : 0
    const message =
      attemptsLeft === 0 ? 'The code is used up or too old. Ask for another one.' : 'The code is not right.'
    throw new AuthenticationFailed('authentication_failed', message, { body: { attemptsLeft } })
  }

  /** A link signs nobody in by being opened: programs look into mail. It takes a click, where the code was asked for. */
  async function linkPage(asked: Exchange): Promise<Answer> {
    const [one, code] = [carried(asked), link.read(asked)]
    if (!/^\d{8}$/.test(code)) return forms.lead(path)
    if (one === null) {
      const headers = [link.clear()]
      return forms.show(asked, async () => codeElsewherePage({ site, code, signIn: signInPath }), { headers })
    }
    if (!(await codeSignIns.isOpen(one.handle))) return overPage(asked, one.email, one.next)
    const signIn = withQuery(signInPath, forms.carry(one.next))
    return forms.show(
      asked,
      async (hidden) => codeLinkPage({ site, action: linkPath, hidden, email: one.email, signIn }),
      { next: one.next },
    )
  }

  const byLink: Endpoints = forms.endpoint({
    GET: async (asked) => link.moved(asked) ?? linkPage(asked),
    form: async (asked, fields) => {
      const answer = await confirmWith(asked, link.read(asked), forms.nextOf(asked, fields))
      return { ...answer, headers: [...answer.headers, link.clear()] }
    },
    json: async (asked, fields) => fromJson(asked, neededText(fields, 'key', 'code')),
  })

  return { request, confirm, link: byLink }
}

function wrongCode(left: number): string {
  return `That is not the code of the newest mail. You can try ${left === 1 ? 'once' : `${left} times`} more.`
}
