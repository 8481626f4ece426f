import { z } from 'zod'
import { lifetimeAfter, type SessionProof } from '../accounts/emergency-session.ts'
import { neededText, newPasswordIn } from '../accounts/faults.ts'
import type { UserRecord } from '../accounts/user-record.ts'
import { invalid } from '../accounts/user-values.ts'
import { described } from '../api/described.ts'
import type { Auth } from '../core/auth.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity } from '../core/identity.ts'
import { type Answer, type Exchange, jsonAnswer } from '../http/exchange.ts'
import { type BodyFields, parseBody } from '../http/parse-body.ts'
import { allOf } from '../permissions/all-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import { not } from '../permissions/not.ts'
import { actorOf } from '../tokens/owner.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/**
 * One's own account for scripts: who one is, another password, another e-mail address, another username. A client that was let
 * in by its user does not change them, nor does a key that was made for something else. Each change takes the current password;
 * who has none must have proved a short while ago who they are.
 */
export function ownAccountRoutes(instance: Instance, auth: Pick<Auth, 'require'>): readonly Route[] {
  const { users, passwords, sessions, csrf, byMail, clock } = instance
  const permission = allOf(isUser, not(isVia('oauth2', 'apiKey')))
  const guard = async (request: Exchange): Promise<Identity> => auth.require(request, permission)
  const fresh = freshLogin({ clock })

  async function own(request: Exchange): Promise<{ readonly identity: Identity; readonly record: UserRecord }> {
    const identity = await guard(request)
    const record = await users.find(identity.principal.id)
    if (record === null) throw new RequestRefused('not_found')
    return { identity, record }
  }

  function byOf(request: Exchange, { principal }: Identity) {
    return { actor: actorOf(principal), address: request.address, requestId: request.requestId ?? null }
  }

  /** Throws `invalid` for a password that is not right, which counts as a guess. */
  async function prove(request: Exchange, { id, hasPassword }: UserRecord, fields: BodyFields): Promise<void> {
    if (!hasPassword) {
      await auth.require(request, allOf(permission, fresh))
      return
    }
    const password = neededText(fields, 'current_password')
    if (await passwords.confirm(id, password, { address: request.address })) return
    throw invalid({ current_password: ['The current password is not right.'] })
  }

  /** Everything from before has ended, the session of this browser too: it goes on with a new one. */
  async function cookiesAfter(request: Exchange, identity: Identity, ended: number): Promise<Answer['headers']> {
    if (identity.via !== 'session') return []
    const { amr } = identity.auth as { readonly amr: readonly string[] }
    const { value, csrfToken } = await sessions.create({
      userId: identity.principal.id,
      amr,
      authenticatedAt: ended + 1,
      lifetime: lifetimeAfter(identity.auth as SessionProof, ended),
      address: request.address,
      userAgent: request.headers.get('user-agent'),
    })
    return [
      ['set-cookie', sessions.cookie(value)],
      ['set-cookie', csrf.cookie(csrfToken)],
    ]
  }

  const fieldsOf = async (request: Exchange): Promise<BodyFields> =>
    parseBody(request.headers.get('content-type'), await request.body())

  return [
    {
      path: '/accounts/user/',
      guard,
      methods: {
        GET: async (request) => jsonAnswer(shown((await own(request)).record)),
        PATCH: async (request) => {
          const { identity, record } = await own(request)
          const fields = await fieldsOf(request)
          const username = neededText(fields, 'username')
          await prove(request, record, fields)
          return jsonAnswer(shown(await users.update(record.id, { username }, byOf(request, identity))))
        },
      },
      operations: [
        described({
          method: 'GET',
          path: '/accounts/user/',
          tag: 'Accounts',
          summary: 'Read one’s own account',
          permission,
          answers: account,
        }),
        described({
          method: 'PATCH',
          path: '/accounts/user/',
          tag: 'Accounts',
          summary: 'Change one’s username',
          permission,
          body: z.object({ username: z.string(), current_password: secret.optional() }),
          answers: account,
          refuses: ['invalid', 'conflict'],
        }),
      ],
    },
    {
      path: '/accounts/password/change/',
      guard,
      methods: {
        POST: async (request) => {
          const { identity, record } = await own(request)
          const fields = await fieldsOf(request)
          const { password, field } = newPasswordIn(fields)
          const endSessions = fields['end_sessions'] !== false
          const ended = await changed(request, { identity, record, fields, password, field, endSessions })
          const cookies = endSessions ? await cookiesAfter(request, identity, ended) : []
          return jsonAnswer({ detail: 'The new password is set.' }, 200, cookies)
        },
      },
      operations: [
        described({
          method: 'POST',
          path: '/accounts/password/change/',
          tag: 'Accounts',
          summary: 'Change one’s password',
          permission,
          body: z.object({
            current_password: secret.optional(),
            new_password: secret,
            end_sessions: z.boolean().optional(),
          }),
          answers: told,
          refuses: ['invalid', 'conflict', 'too_many_attempts'],
        }),
      ],
    },
    {
      path: '/accounts/email/change/',
      guard,
      methods: {
        POST: async (request) => {
          const { identity, record } = await own(request)
          const fields = await fieldsOf(request)
          const email = neededText(fields, 'new_email', 'email')
          await prove(request, record, fields)
          await byMail.emailChanges.request(record.id, email, byOf(request, identity))
          return jsonAnswer({ detail: 'A link was mailed to the new address. The old one stays until it is opened.' })
        },
        DELETE: async (request) => {
          const { identity, record } = await own(request)
          await byMail.emailChanges.cancel(record.id, byOf(request, identity))
          return { status: 204, headers: [['cache-control', 'no-store']], body: '' }
        },
      },
      operations: [
        described({
          method: 'POST',
          path: '/accounts/email/change/',
          tag: 'Accounts',
          summary: 'Ask for another e-mail address',
          permission,
          body: z.object({ new_email: z.email(), current_password: secret.optional() }),
          answers: told,
          refuses: ['invalid', 'throttled', 'too_many_attempts'],
        }),
        described({
          method: 'DELETE',
          path: '/accounts/email/change/',
          tag: 'Accounts',
          summary: 'Cancel a change of the e-mail address',
          permission,
          status: 204,
          contentType: null,
        }),
      ],
    },
  ]

  async function changed(
    request: Exchange,
    { identity, record, fields, password, field, endSessions }: PasswordAsked,
  ): Promise<number> {
    const by = byOf(request, identity)
    try {
      if (record.hasPassword) {
        const current = neededText(fields, 'current_password', 'old_password')
        return await passwords.change(record.id, { current, next: password, endSessions }, by)
      }
      await auth.require(request, allOf(permission, fresh))
      return await passwords.set(record.id, password, by, { endSessions })
    } catch (error) {
      throw named(error, field)
    }
  }
}

interface PasswordAsked {
  readonly identity: Identity
  readonly record: UserRecord
  readonly fields: BodyFields
  readonly password: string
  readonly field: string
  readonly endSessions: boolean
}

const secret = z.string().meta({ format: 'password' })
const told = z.object({ detail: z.string() })
const account = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
  hasPassword: z.boolean(),
  isStaff: z.boolean(),
  isSuperuser: z.boolean(),
})

function shown({ id, username, email, emailVerified, hasPassword, isStaff, isSuperuser }: UserRecord) {
  return { id, username, email, emailVerified, hasPassword, isStaff, isSuperuser }
}

/** What is wrong with the new password, under the name that it was sent under. */
function named(error: unknown, field: string): unknown {
  if (!(error instanceof RequestRefused) || error.code !== 'invalid' || error.body === undefined) return error
  const { password, new_password: next, ...others } = error.body
  const fault = next ?? password
  return fault === undefined ? error : new RequestRefused('invalid', undefined, { body: { ...others, [field]: fault } })
}
