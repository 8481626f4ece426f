import { z } from 'zod'
import type { AccountDeletions, WaitingDeletion } from '../accounts/by-mail/account-deletions.ts'
import type { CountHoldings } from '../accounts/holdings.ts'
import type { Passwords } from '../accounts/passwords.ts'
import { invalid } from '../accounts/user-values.ts'
import type { Users } from '../accounts/users.ts'
import { download, json, nothing } from '../api/answering.ts'
import { operation, type Operation } from '../api/operation.ts'
import { moment, toMoment } from '../api/wire-values.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Identity, User } from '../core/identity.ts'
import { allOf } from '../permissions/all-of.ts'
import { freshLogin } from '../permissions/fresh-login.ts'
import { isUser } from '../permissions/is-user.ts'
import { isVia } from '../permissions/is-via.ts'
import type { OwnData } from './own-data.ts'

export interface DataApiOptions {
  readonly deletions: Pick<AccountDeletions, 'delay' | 'obstacles' | 'waiting' | 'ask' | 'cancel'>
  readonly ownData: OwnData
  readonly users: Pick<Users, 'find'>
  readonly passwords: Pick<Passwords, 'confirm'>
  readonly countHoldings: CountHoldings
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

interface Resource {
  readonly path: string
  readonly operations: readonly Operation[]
}

/** What is kept of oneself, to take along and to have deleted: by the session of that person, with a proof of the last ten minutes. */
export function dataApi(options: DataApiOptions): readonly Resource[] {
  const { deletions, ownData, users, passwords, countHoldings, clock } = options
  const own = { tag: 'Own data', permission: allOf(isUser, isVia('session')) }
  const fresh = freshLogin(clock === undefined ? {} : { clock })
  const proved = { ...own, permission: allOf(isUser, isVia('session'), fresh) }

  async function prove(user: User, password: string | undefined, address: string | null): Promise<void> {
    const record = await users.find(user.id)
    // Who has none has proved a short while ago who they are.
    if (record?.hasPassword !== true) return
    if (password === undefined) throw invalid({ current_password: ['This field is required.'] })
    if (await passwords.confirm(record.id, password, { address })) return
    throw invalid({ current_password: ['The current password is not right.'] })
  }

  const ofDeletion = [
    operation({
      ...own,
      method: 'GET',
      path: deletionPath,
      summary: 'Whether one’s account is going to be deleted, and what would go with it',
      answer: json(standing),
      handler: async ({ identity }) => {
        const { id } = userOf(identity)
        const waiting = await deletions.waiting(id)
        const held = await countHoldings({ kind: 'user', id })
        const named = Object.entries(held).map(([name, count]: [string, number]) => [wireName(name), count])
        return {
          deletion: waiting === null ? null : shown(waiting),
          delay: deletions.delay,
          obstacles: [...(await deletions.obstacles(id))],
          goes: Object.fromEntries(named) as Record<string, number>,
        }
      },
    }),
    operation({
      ...proved,
      method: 'POST',
      path: deletionPath,
      summary: 'Ask for one’s account to be deleted',
      description:
        'It works as ever until then, and a link to keep it is mailed. Whoever has a password sends it. Refused for the last active superuser and for the only owner of an organisation.',
      refuses: ['invalid', 'conflict', 'too_many_attempts', 'not_found'],
      body: z.strictObject({ current_password: z.string().max(4096).meta({ format: 'password' }).optional() }),
      answer: json(z.object({ deletion: waitingSchema }), { status: 202, description: 'It will be.' }),
      handler: async ({ identity, body, by }) => {
        const user = userOf(identity)
        await prove(user, body.current_password, by.address)
        return { deletion: shown(await deletions.ask(user.id, by)) }
      },
    }),
    operation({
      ...own,
      method: 'DELETE',
      path: deletionPath,
      summary: 'Keep one’s account',
      description: 'Cancels the deletion. Where none was asked for, nothing happens.',
      answer: nothing,
      handler: async ({ identity, by }) => deletions.cancel(userOf(identity).id, by).then(() => undefined),
    }),
  ]

  return [
    {
      path: dataPath,
      operations: [
        operation({
          ...proved,
          method: 'GET',
          path: dataPath,
          summary: 'Take out everything that is kept of oneself',
          description: 'There are no secrets in it. That it was taken out is in the audit log.',
          answer: download(['application/json'], 'All of it.'),
          handler: async ({ identity, by }) => {
            const body = `${JSON.stringify(await ownData(userOf(identity).id, by), null, 2)}\n`
            return { body, contentType: 'application/json', fileName: 'my-account.json' }
          },
        }),
      ],
    },
    { path: deletionPath, operations: ofDeletion },
  ]
}

const dataPath = '/api/account/data/'
const deletionPath = '/api/account/deletion/'

const waitingSchema = z.object({ asked_at: moment, due_at: moment })
const standing = z.object({
  deletion: waitingSchema.nullable(),
  delay: z.number().nullable().meta({ description: 'Seconds between the wish and the deletion; null: not offered.' }),
  obstacles: z.array(z.string()).meta({ description: 'What keeps one from it, in sentences.' }),
  goes: z.record(z.string(), z.number()).meta({ description: 'How much of what goes with the account.' }),
})

function shown({ askedAt, dueAt }: WaitingDeletion) {
  return { asked_at: toMoment(askedAt), due_at: toMoment(dueAt) }
}

function wireName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The permission has seen to it that it is a person with a session. */
function userOf(identity: Identity | null): User {
  if (identity?.principal.kind !== 'user') throw new RequestRefused('not_found')
  return identity.principal
}
