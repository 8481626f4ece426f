import { type AnswerCheck, createAnswerCheck } from '../api/answer-check.contract.ts'
import type { TestUser } from '../testing/test-credentials.ts'
import { createTestDoorward, type TestDoorward, type TestDoorwardOptions } from '../testing/test-doorward.ts'

/** A server with the JSON API for administrators; every answer is held against its OpenAPI document. */
export interface AdminStage extends AsyncDisposable {
  readonly doorward: TestDoorward
  readonly base: string
  readonly answers: AnswerCheck
  readonly superuser: TestUser
  readonly staff: TestUser
  readonly user: TestUser
  /** Asks as somebody, by a browser session; below `/api/admin/` unless the path is whole. */
  readonly call: (who: TestUser | null, method: string, path: string, body?: unknown) => Promise<Answered>
  /** The same with headers of one's own. */
  readonly callWith: (
    headers: Readonly<Record<string, string>>,
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<Answered>
  /** The events of the audit log about a subject, newest first. */
  readonly history: (subject: string) => Promise<readonly { readonly event: string; readonly actor: string }[]>
}

export interface Answered {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly text: string
  readonly headers: Headers
}

export async function adminStage(options: TestDoorwardOptions = {}): Promise<AdminStage> {
  const doorward = await createTestDoorward(options)
  const base = await doorward.listen()
  const answers = createAnswerCheck(await (await fetch(`${base}/api/openapi.json`)).json())
  const superuser = await doorward.users.create({ username: 'root', isStaff: true, isSuperuser: true })
  const staff = await doorward.users.create({ username: 'staff', isStaff: true })
  const user = await doorward.users.create({ username: 'ada', email: 'ada@example.org' })
  const known = new Map<TestUser, Readonly<Record<string, string>>>()

  async function callWith(
    headers: Readonly<Record<string, string>>,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answered> {
    const whole = path.startsWith('/') ? path : `/api/admin/${path}`
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(base + whole, { method, headers: { ...json, ...headers }, ...sent })
    const text = await response.text()
    const contentType = response.headers.get('content-type')
    const isJson = contentType?.startsWith('application/json') === true && text !== ''
    const value: unknown = isJson ? JSON.parse(text) : {}
    answers.check({ method, path: whole }, { status: response.status, contentType, json: value })
    return { status: response.status, json: value as Answered['json'], text, headers: response.headers }
  }

  return {
    doorward,
    base,
    answers,
    superuser,
    staff,
    user,
    callWith,
    call: async (who, method, path, body) => {
      if (who === null) return callWith({}, method, path, body)
      const headers = known.get(who) ?? (await doorward.as(who))
      known.set(who, headers)
      return callWith(headers, method, path, body)
    },
    history: async (subject) => (await doorward.instance.lists.auditLog.list({ subject })).entries,
    [Symbol.asyncDispose]: async () => doorward.close(),
  }
}
