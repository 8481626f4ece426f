import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { select, textControl } from '../../pages/controls.ts'
import { emptyState } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { pager, table } from '../../pages/table.ts'
import { askedPage } from '../../screens/asked-page.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { isStanding } from '../../tokens/standing.ts'
import { checkMay, checkMayRestand } from '../authority.ts'
import type { Invitations, SentInvitation } from '../invitations.ts'
import { invitationBadge, invitationButtons } from './invitation-parts.ts'
import { linkOnce } from './link-once.ts'
import { type Entered, organisationCrumbs, organisationFrame, type Place } from './place.ts'
import { standingChoices, standingWords } from './standing-words.ts'

export interface InvitationScreenStores {
  readonly invitations: Pick<Invitations, 'list' | 'find' | 'create' | 'resend' | 'cancel'>
  /** Where a token leads. */
  readonly linkOf: (token: string) => string
  /** Whether mail goes anywhere. */
  readonly isMailed: boolean
}

/** Who was invited, and inviting somebody. */
export function invitationScreens(place: Place, stores: InvitationScreenStores): readonly Screen[] {
  return [listScreen(place, stores), newScreen(place, stores)]
}

function listScreen(place: Place, stores: InvitationScreenStores): Screen {
  const { invitations } = stores

  async function entering(visit: Visit): Promise<Entered> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'members.add')
    return entered
  }

  return {
    path: `${place.path}invitations/`,
    show: async (visit) => {
      const entered = await entering(visit)
      const { organisation } = entered
      const { invitations: page, next } = await invitations.list({
        organisationId: organisation.id,
        ...askedPage(visit.query, size),
      })
      return {
        ...organisationFrame(entered),
        content: html`${
          page.length === 0
            ? ''
            : html`<div class="toolbar">
                <a class="button small" href="${visit.path}new/" id="invite">Invite somebody</a>
              </div>`
        }
        ${table({
          id: 'invitations',
          caption: 'Invitations',
          columns: [
            { heading: 'E-mail' },
            { heading: 'Becomes' },
            { heading: 'State' },
            { heading: 'Do' },
            { heading: 'Sent' },
            { heading: 'Works until' },
            { heading: 'By' },
          ],
          rows: page.map((one) => [
            html`<bdi>${shownName(one.email)}</bdi>`,
            standingWords[one.standing],
            invitationBadge(one.state),
            invitationButtons(one, visit),
            moment(one.sentAt),
            moment(one.expiresAt),
            one.inviterName === null ? 'the administration' : html`<bdi>${shownName(one.inviterName)}</bdi>`,
          ]),
          empty: emptyState({
            what: 'Nobody is waiting. Whoever you invite gets a link by e-mail, which makes them a member.',
            button: { href: `${visit.path}new/`, text: 'Invite somebody' },
          }),
        })}
        ${pager({ path: visit.path, query: visit.query, next, size })}`,
      }
    },
    actions: {
      resend: {
        run: async (visit) => {
          const { organisation, authority } = await entering(visit)
          const one = await invitations.find(visit.text('invitation'))
          if (one === null || one.organisationId !== organisation.id) throw new RequestRefused('not_found')
          checkMayRestand(authority, null, one.standing)
          const action = { by: { ...visit.by, allowedBy: authority.userId }, organisationId: organisation.id }
          const sent = await invitations.resend(one.id, action)
          return sentPage(visit, await entering(visit), one.email, sent, stores)
        },
      },
      cancel: {
        run: async (visit) => {
          const { organisation, authority } = await entering(visit)
          const by = { ...visit.by, allowedBy: authority.userId }
          await invitations.cancel(visit.text('invitation'), { by, organisationId: organisation.id })
          return leave(visit.path, 'The invitation is cancelled. Its link does not work any more.')
        },
      },
    },
  }
}

const size = 50

function newScreen(place: Place, stores: InvitationScreenStores): Screen {
  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'members.add')
    return {
      title: 'Invite somebody',
      crumbs: organisationCrumbs(entered, 'invitations/', 'Invitations'),
      problems: problemsOf(faults, { main: 'email' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'invite',
        button: 'Send the invitation',
        cancel: `${entered.base}invitations/`,
        content: html`${textControl({
          id: 'email',
          name: 'email',
          label: 'E-mail address',
          type: 'email',
          required: true,
          maxLength: 254,
          value: typed.email,
          wrong: faults['email'] ?? faults['main'],
          hint: stores.isMailed
            ? 'They get a link that works once, for an account with this address.'
            : 'No mail is sent from here: hand the link over yourself. It works once, for an account with this address.',
        })}
        ${select({
          id: 'standing',
          name: 'standing',
          label: 'They become',
          value: typed.standing,
          choices: standingChoices(entered.authority, null),
        })}`,
      }),
    }
  }

  return {
    path: `${place.path}invitations/new/`,
    show: async (visit) => page(visit, { email: '', standing: 'member' }),
    actions: {
      invite: {
        isOnce: true,
        run: async (visit) => {
          const entered = await place.enter(visit)
          const typed = { email: visit.text('email'), standing: visit.text('standing') }
          checkMay(entered.authority, 'members.add')
          const { standing } = typed
          if (!isStanding(standing)) return page(visit, typed, { main: 'A member is an owner, admin or member.' })
          checkMayRestand(entered.authority, null, standing)
          try {
            const sent = await stores.invitations.create(
              {
                organisationId: entered.organisation.id,
                email: typed.email,
                standing,
                inviterId: entered.authority.isOperator ? null : visit.user.id,
              },
              { ...visit.by, allowedBy: entered.authority.userId },
            )
            return sentPage(visit, entered, typed.email, sent, stores)
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

interface Typed {
  readonly email: string
  readonly standing: string
}

/** The link is shown this once: it is kept as a digest. */
function sentPage(
  _visit: Visit,
  entered: Entered,
  email: string,
  sent: SentInvitation,
  { linkOf, isMailed }: InvitationScreenStores,
): View {
  return {
    title: 'The invitation is made',
    crumbs: organisationCrumbs(entered, 'invitations/', 'Invitations'),
    content: linkOnce({
      link: linkOf(sent.token),
      email,
      isMailed,
      expiresAt: sent.expiresAt,
      onward: { href: `${entered.base}invitations/`, text: 'Go to the invitations' },
    }),
  }
}
