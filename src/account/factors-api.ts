import { z } from 'zod'
import { json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import type { SessionAuth } from '../accounts/session-finder.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'
import type { AuthenticatorApps } from '../factors/authenticator-apps.ts'
import type { FactorChanges } from '../factors/factor-changes.ts'
import type { Passkey } from '../factors/passkey-rows.ts'
import { passkeyNameIn } from '../factors/passkey-rows.ts'
import type { Passkeys } from '../factors/passkeys.ts'
import type { RecoveryCodes } from '../factors/recovery-codes.ts'
import type { SecondFactors } from '../factors/second-factors.ts'
import { allOf } from '../permissions/all-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'

export interface FactorsApiOptions {
  readonly apps: Pick<AuthenticatorApps, 'find' | 'begin'>
  readonly passkeys: Pick<Passkeys, 'list' | 'creation' | 'rename'>
  readonly codes: Pick<RecoveryCodes, 'count'>
  readonly changes: FactorChanges
  readonly factors: Pick<SecondFactors, 'policy' | 'isRequired'>
  readonly sessions: Pick<Sessions, 'endOthers'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * What somebody has beside a password, for single-page applications: signed in by a session, and for every change with a proof
 * of the last ten minutes. Other sessions end with a change unless `endOtherSessions` is false.
 */
export function factorsApi(options: FactorsApiOptions): {
  readonly path: string
  readonly operations: readonly Operation[]
} {
  const { apps, passkeys, codes, changes, factors, sessions, clock } = options
  const own = { tag: 'Own second factors', permission: allOf(isUser, isVia('session')) }
  const change = {
    ...own,
    permission: allOf(isUser, isVia('session'), freshLogin(clock === undefined ? {} : { clock })),
  }

  async function endOthers({ identity, by }: Called, ends = true): Promise<void> {
    if (ends) await sessions.endOthers(userOf(identity).id, sessionOf(identity), by)
  }

  const ofApps = [
    operation({
      ...change,
      method: 'POST',
      path: `${path}totp/`,
      summary: 'Begin to add an authenticator app',
      description:
        'Nothing changes before the app has shown a code. The answer is the only time that the secret is shown.',
      refuses: ['conflict'],
      body: z.strictObject({ replaces: z.boolean().default(false) }),
      answer: json(z.object({ secret: z.string(), uri: z.string(), expiresAt: z.iso.datetime() }), { status: 201 }),
      handler: async ({ identity, body }) => {
        await changes.mayAdd(userOf(identity).id)
        const { expiresAt, ...app } = await apps.begin(userOf(identity), { replaces: body.replaces })
        return { ...app, expiresAt: momentOf(expiresAt) }
      },
    }),
    operation({
      ...change,
      method: 'POST',
      path: `${path}totp/confirm/`,
      summary: 'Add the app, by the code that it shows',
      refuses: ['conflict'],
      body: z.strictObject({ code: z.string().max(100), endOtherSessions }),
      answer: json(z.object({ recoveryCodes: firstCodes })),
      handler: async (asked) => {
        const { identity, body, by } = asked
        const added = await changes.addApp(userOf(identity), body.code, by)
        await endOthers(asked, body.endOtherSessions)
        return added
      },
    }),
    operation({
      ...change,
      method: 'DELETE',
      path: `${path}totp/`,
      summary: 'Remove the authenticator app',
      refuses: ['conflict'],
      answer: nothing,
      handler: async (asked) => {
        await changes.removeApp(userOf(asked.identity), asked.by)
        await endOthers(asked)
        return undefined
      },
    }),
  ]

  const ofPasskeys = [
    operation({
      ...change,
      method: 'POST',
      path: `${path}passkeys/options/`,
      summary: 'What a browser is asked to make a passkey',
      description: 'As `PublicKeyCredentialCreationOptionsJSON` of WebAuthn has it. It is good once, for five minutes.',
      body: z.strictObject({}),
      answer: json(z.looseObject({ challenge: z.string() })),
      handler: async ({ identity }) => ({ ...(await passkeys.creation(userOf(identity), sessionOf(identity))) }),
    }),
    operation({
      ...change,
      method: 'POST',
      path: `${path}passkeys/`,
      summary: 'Add the passkey that the browser made',
      refuses: ['conflict'],
      body: z.strictObject({ passkey: z.looseObject({}), name: z.string().max(200).optional(), endOtherSessions }),
      answer: json(z.object({ passkey: passkeySchema, recoveryCodes: firstCodes }), { status: 201 }),
      handler: async (asked) => {
        const { identity, body, by } = asked
        const { passkey, recoveryCodes } = await changes.addPasskey({
          user: userOf(identity),
          binding: sessionOf(identity),
          answer: body.passkey,
          name: body.name ?? null,
          by,
        })
        await endOthers(asked, body.endOtherSessions)
        return { passkey: shown(passkey), recoveryCodes }
      },
    }),
    operation({
      ...change,
      method: 'PATCH',
      path: `${path}passkeys/{id}/`,
      summary: 'Rename a passkey',
      refuses: ['not_found'],
      body: z.strictObject({ name: z.string().transform(passkeyNameIn).pipe(z.string().min(1)) }),
      answer: nothing,
      handler: async ({ identity, path: { id }, body, by }) => {
        const isTheirs = await passkeys.rename(userOf(identity).id, String(id), body.name, by)
        if (!isTheirs) throw new RequestRefused('not_found')
        return undefined
      },
    }),
    operation({
      ...change,
      method: 'DELETE',
      path: `${path}passkeys/{id}/`,
      summary: 'Remove a passkey',
      description: 'Refused where its owner could not sign in without it, or has to have a second factor.',
      refuses: ['not_found', 'conflict'],
      answer: nothing,
      handler: async (asked) => {
        await changes.removePasskey(userOf(asked.identity), String(asked.path.id), asked.by)
        await endOthers(asked)
        return undefined
      },
    }),
  ]

  return {
    path,
    operations: [
      operation({
        ...own,
        method: 'GET',
        path,
        summary: 'What one has beside a password',
        answer: json(overview),
        handler: async ({ identity }) => {
          const user = userOf(identity)
          const app = await apps.find(user.id)
          return {
            policy: factors.policy,
            isRequired: factors.isRequired(user),
            totp:
              app === null ? null : { createdAt: momentOf(app.createdAt), lastUsedAt: momentOrNull(app.lastUsedAt) },
            passkeys: (await passkeys.list(user.id)).map(shown),
            recoveryCodes: await codes.count(user.id),
          }
        },
      }),
      ...ofApps,
      ...ofPasskeys,
      operation({
        ...change,
        method: 'POST',
        path: `${path}recovery-codes/`,
        summary: 'Make new recovery codes',
        description: 'The old ones are dead. The answer is the only time that the new ones are shown.',
        refuses: ['conflict'],
        body: z.strictObject({}),
        answer: json(z.object({ recoveryCodes: z.array(z.string()) }), { status: 201 }),
        handler: async ({ identity, by }) => ({ recoveryCodes: [...(await changes.makeCodes(userOf(identity), by))] }),
      }),
    ],
  }
}

const path = '/api/account/factors/'

const endOtherSessions = z.boolean().default(true)
const firstCodes = z.array(z.string()).readonly().nullable()
const passkeySchema = z.object({
  id: z.string(),
  name: z.string(),
  maker: z.string().nullable(),
  isSynced: z.boolean(),
  rpId: z.string().meta({ description: 'The domain that it was made for.' }),
  isUsable: z
    .boolean()
    .meta({ description: 'Whether that is the domain of this site: one for another signs nobody in.' }),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
})
const overview = z.object({
  policy: z.enum(['off', 'optional', 'staff', 'required']),
  isRequired: z.boolean(),
  totp: z.object({ createdAt: z.iso.datetime(), lastUsedAt: z.iso.datetime().nullable() }).nullable(),
  passkeys: z.array(passkeySchema),
  recoveryCodes: z.object({ left: z.number(), made: z.number() }),
})

interface Called {
  readonly identity: Identity | null
  readonly by: { readonly actor: string; readonly address: string | null; readonly requestId: string | null }
}

/** The permission has seen to it that it is a person with a session. */
function userOf(identity: Identity | null): User {
  if (identity?.principal.kind !== 'user') throw new RequestRefused('not_found')
  return identity.principal
}

function sessionOf(identity: Identity | null): string {
  if (identity === null) throw new RequestRefused('not_found')
  return (identity.auth as SessionAuth).id
}

function shown(passkey: Passkey) {
  const { createdAt, lastUsedAt, ...rest } = passkey
  return { ...rest, createdAt: momentOf(createdAt), lastUsedAt: momentOrNull(lastUsedAt) }
}

function momentOf(time: number): string {
  return new Date(time).toISOString()
}

function momentOrNull(time: number | null): string | null {
  return time === null ? null : momentOf(time)
}
