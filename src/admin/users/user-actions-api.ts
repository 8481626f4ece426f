import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { type CalledBy, operation, type Operation } from '../../api/operation.ts'
import { id } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import { checkIsOther } from '../acting-on.ts'
import { checkOpens } from '../in-person.ts'
import { actingUser } from '../acting-user.ts'
import { mayActOnAccount } from './may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'
import { user, userAnswer } from './user-answer.ts'
import type { SendResetLink } from './user-profile.ts'

export interface UserActionsApiStores {
  readonly users: Pick<Users, 'find' | 'disable' | 'enable' | 'signOutEverywhere'>
  /** Sends a user a link to choose a password (no mail is sent from here). */
  readonly sendResetLink?: SendResetLink | null
  /** Takes all second factors of a user away. How many there were. */
  readonly resetFactors: (userId: string, by: CalledBy) => Promise<number>
  /** Has somebody choose another password before they are let in again. */
  readonly requirePassword: (userId: string, by: CalledBy) => Promise<void>
  /** Lets somebody try again to sign in who guessed too often. */
  readonly unlock: (userId: string, by: CalledBy) => Promise<void>
}

/** What is done to one account, as its page in the console does it. */
export function userActionsApi(stores: UserActionsApiStores): readonly Operation[] {
  const { users, resetFactors, requirePassword, sendResetLink = null, unlock } = stores
  const find = async ({ path: { id: wanted } }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const account = await users.find(wanted)
    return account === null ? null : { account }
  }
  const changing = {
    tag: 'Users',
    permission: mayAdminister,
    params: { id: id('a user') },
    object: { find, permission: mayActOnAccount },
  } as const

  return [
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/disable/`,
      summary: 'Switch an account off, and end all that it was given',
      refuses: ['conflict'],
      answer: json(user),
      handler: async ({ identity, object, by }) => {
        checkIsOther(actingUser(identity), object.account, 'disable')
        return userAnswer(await users.disable(object.account.id, by))
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/enable/`,
      summary: 'Switch an account on again',
      description:
        'What was ended stays ended: they sign in anew. The account of an administrator is not switched on by a key or a token.',
      refuses: ['conflict'],
      answer: json(user),
      handler: async ({ identity, object, by }) => {
        checkOpens(identity, object.account)
        return userAnswer(await users.enable(object.account.id, by))
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/end-sessions/`,
      summary: 'Sign a user out everywhere',
      description: 'All sessions, refresh tokens and access tokens end. API keys go on.',
      answer: nothing,
      handler: async ({ object, by }) =>
        users.signOutEverywhere(object.account.id, by, 'revoked').then(() => undefined),
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/reset-factors/`,
      summary: 'Take away all second factors of a user who has lost them',
      description:
        'Authenticator app, passkeys and recovery codes. Be sure that it is they who ask. Not those of an administrator by a key or a token.',
      answer: nothing,
      handler: async ({ identity, object, by }) => {
        checkOpens(identity, object.account)
        return resetFactors(object.account.id, by).then(() => undefined)
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/require-password/`,
      summary: 'Have a user choose another password',
      description: 'They are signed out everywhere, and are let in again once they have chosen one.',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ identity, object, by }) => {
        checkIsOther(actingUser(identity), object.account, 'require another password for')
        return requirePassword(object.account.id, by).then(() => undefined)
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/send-reset/`,
      summary: 'Send a user a link to choose a password',
      refuses: ['conflict'],
      answer: nothing,
      handler: async ({ object, by }) => {
        const isSent = sendResetLink !== null && (await sendResetLink(object.account.id, by))
        if (isSent) return undefined
        throw new RequestRefused(
          'conflict',
          sendResetLink === null
            ? 'No mail is sent from here. Set up mail first: see the settings.'
            : 'No link can be sent to this user: they need an active account with an e-mail address.',
        )
      },
    }),
    operation({
      ...changing,
      method: 'POST',
      path: `${path}{id}/unlock/`,
      summary: 'Let a user sign in again who guessed too often',
      answer: nothing,
      handler: async ({ object, by }) => unlock(object.account.id, by).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/users/'

interface Found {
  readonly account: UserRecord
}
