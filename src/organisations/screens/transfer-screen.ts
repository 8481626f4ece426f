import { html } from 'hono/html'
import { select } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import { shownName } from '../../pages/shown-name.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import type { Members } from '../members.ts'
import { byIn, type Entered, enterFor, organisationCrumbs, type Place } from './place.ts'

export interface TransferScreenStores {
  readonly members: Pick<Members, 'list' | 'transfer'>
}

/** Handing an organisation over: an owner becomes an admin, and another member the owner. */
export function transferScreen(place: Place, { members }: TransferScreenStores): Screen {
  const allowed = async (visit: Visit): Promise<Entered> => enterFor(place, visit, 'organisation.transfer')

  return {
    path: `${place.path}transfer/`,
    isSensitive: true,
    show: async (visit) => {
      const entered = await allowed(visit)
      const { members: all } = await members.list(entered.organisation.id, { limit: 200 })
      const owners = all.filter(({ standing }) => standing === 'owner')
      const others = all.filter(({ standing, isActive }) => standing !== 'owner' && isActive)
      const name = (one: (typeof all)[number]) => ({ value: one.userId, text: shownName(one.username, one.userId) })
      return {
        title: 'Hand the organisation over',
        crumbs: organisationCrumbs(entered, 'settings/', 'Settings'),
        content:
          others.length === 0
            ? html`<p>There is nobody else to hand it over to. Invite somebody first.</p>
                <p><a class="button small" href="${entered.base}invitations/new/" id="invite">Invite somebody</a></p>`
            : postForm({
                to: visit.path,
                proof: visit.form,
                action: 'transfer',
                button: 'Hand it over',
                kind: 'danger',
                cancel: `${entered.base}settings/`,
                content: html`<p>Who owns it now becomes an admin, and cannot take it back.</p>
                  ${select({
                    id: 'from',
                    name: 'from',
                    label: 'Owner now',
                    value: visit.user.id,
                    choices: owners.map(name),
                  })}
                  ${select({ id: 'to', name: 'to', label: 'Owner from now on', choices: others.map(name) })}`,
              }),
      }
    },
    actions: {
      transfer: {
        run: async (visit) => {
          const entered = await allowed(visit)
          const { organisation, authority, base } = entered
          const from = visit.text('from')
          await members.transfer(organisation.id, from, visit.text('to'), byIn(visit, entered))
          const isSelf = from === visit.user.id && !authority.isOperator
          return leave(isSelf ? base : `${base}members/`, 'It is handed over.')
        },
      },
    },
  }
}
