import type { ActedBy } from '../../accounts/acted-by.ts'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { confirmation } from '../../pages/forms.ts'
import { leave, type Leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { checkIsOther, checkMayActOn } from '../acting-on.ts'
import { type CountHoldings, counted, type Holdings, holdingsText } from '../../accounts/holdings.ts'
import { userFrame, userOf, userPath } from './user-frame.ts'

export interface UserConfirmationStores {
  readonly users: Pick<Users, 'find' | 'disable' | 'delete' | 'signOutEverywhere'>
  readonly countHoldings: CountHoldings
  /** Takes all second factors of a user away. How many there were. */
  readonly resetFactors: (userId: string, by: ActedBy) => Promise<number>
}

/** The pages that ask before something ends for a user: disabling, ending what they are signed in to, and deleting. */
export function userConfirmations(stores: UserConfirmationStores): readonly Screen[] {
  const { users } = stores
  return [
    askingScreen(stores, {
      word: 'disable',
      title: 'Disable',
      what: 'They cannot sign in any more, until the account is enabled again. Keys and tokens stop with it.',
      button: 'Disable the account',
      isForOthers: true,
      run: async ({ by }, user) => {
        await users.disable(user.id, by)
        return leave(
          userPath(user.id),
          'The account is disabled, and everything that they were signed in to has ended.',
        )
      },
    }),
    askingScreen(stores, {
      word: 'sign-out',
      title: 'End all sessions of',
      what: 'They have to sign in again everywhere. API keys go on.',
      button: 'End all sessions',
      stops: (held) => holdingsText({ ...held, keys: 0 }),
      run: async ({ by, user: actor }, user) => {
        await users.signOutEverywhere(user.id, by, 'revoked')
        return leave(actor.id === user.id ? '/accounts/login/' : userPath(user.id), 'All sessions have ended.')
      },
    }),
    askingScreen(stores, {
      word: 'reset-factors',
      title: 'Take away the second factors of',
      isSensitive: true,
      what: 'For whoever has lost them. Be sure that it is they who ask: this is how accounts are stolen. Their password alone signs them in then, until they add another factor.',
      button: 'Take them away',
      isForOthers: true,
      stops: () => ['authenticator app, passkeys and recovery codes', 'browsers that do not ask for a second factor'],
      run: async ({ by }, user) => {
        const count = await stores.resetFactors(user.id, by)
        return leave(userPath(user.id), count === 0 ? 'There was no second factor.' : 'The second factors are gone.')
      },
    }),
    askingScreen(stores, {
      word: 'delete',
      title: 'Delete',
      what: 'The account and all that it was given are gone for good. The audit log keeps what was done.',
      button: 'Delete the account',
      isForOthers: true,
      isTyped: true,
      stops: (held) => [
        ...holdingsText(held),
        ...counted(
          held.serviceAccounts,
          'service account that then has no owner',
          'service accounts that then have no owner',
        ),
        ...counted(held.clients, 'application that then has no owner', 'applications that then have no owner'),
      ],
      run: async ({ by }, user) => {
        await users.delete(user.id, by)
        return leave('/admin/users/', `The account of ${user.username} is deleted.`)
      },
    }),
  ]
}

interface Asking {
  /** The action, and the last part of the path. */
  readonly word: string
  /** Before the name of the user. */
  readonly title: string
  readonly what: string
  readonly button: string
  /** Whether it is refused for one's own account (false). */
  readonly isForOthers?: boolean
  /** Whether the username has to be typed (false). */
  readonly isTyped?: boolean
  /** Whether it asks for a fresh proof of who does it (where the name has to be typed). */
  readonly isSensitive?: boolean
  /** What stops working (all that they were given). */
  readonly stops?: (held: Holdings) => readonly string[]
  readonly run: (visit: Posted, user: UserRecord) => Promise<Leave>
}

function askingScreen({ users, countHoldings }: UserConfirmationStores, asking: Asking): Screen {
  const { word, what, button, isForOthers = false, isTyped = false, stops = holdingsText } = asking
  const { isSensitive = isTyped } = asking

  async function allowed(visit: Visit): Promise<UserRecord> {
    const user = await userOf(visit, users)
    checkMayActOn(visit.user, user)
    if (isForOthers) checkIsOther(visit.user, user, word)
    return user
  }

  async function page(visit: Visit, user: UserRecord, wrong?: string): Promise<View> {
    const { title, crumbs = [] } = userFrame(user)
    return {
      title: `${asking.title} ${title}?`,
      crumbs: [...crumbs, { href: userPath(user.id), text: title }],
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: word,
        button,
        what,
        stops: stops(await countHoldings({ kind: 'user', id: user.id })),
        cancel: userPath(user.id),
        ...(isTyped ? { typed: { text: user.username, wrong } } : {}),
      }),
    }
  }

  return {
    path: `users/:id/${word}/`,
    isSensitive,
    show: async (visit) => page(visit, await allowed(visit)),
    actions: {
      [word]: {
        run: async (visit) => {
          const user = await allowed(visit)
          if (isTyped && visit.text('typed') !== user.username) {
            return page(visit, user, 'Type the username as it stands on this page.')
          }
          return asking.run(visit, user)
        },
      },
    },
  }
}
