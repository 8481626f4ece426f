import { html } from 'hono/html'
import { check, select, textControl } from '../../pages/controls.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'
import { checkMay, may } from '../authority.ts'
import type { Members } from '../members.ts'
import type { OrganisationCounts } from '../organisation-counts.ts'
import type { OrganisationValues } from '../organisation-values.ts'
import type { Organisations } from '../organisations.ts'
import { type Entered, organisationCrumbs, organisationFrame, type Place } from './place.ts'

export interface SettingsScreenStores {
  readonly organisations: Pick<Organisations, 'update' | 'delete' | 'counts'>
  readonly members: Pick<Members, 'list' | 'find' | 'transfer'>
}

/** What an organisation is called, its limits, handing it over, and deleting it. */
export function settingsScreens(place: Place, stores: SettingsScreenStores): readonly Screen[] {
  return [settingsScreen(place, stores), transferScreen(place, stores), deleteScreen(place, stores)]
}

function settingsScreen(place: Place, { organisations }: SettingsScreenStores): Screen {
  async function page(visit: Visit, entered: Entered, typed: OrganisationValues, faults: Faults = {}): Promise<View> {
    const { authority, base } = entered
    return {
      ...organisationFrame(entered),
      problems: problemsOf(faults, { main: authority.isOperator ? 'slug' : 'name', longestKeyLifetime: 'key_days' }),
      content: html`${postForm({
          to: visit.path,
          proof: visit.form,
          action: 'change',
          button: 'Save',
          content: html`${textControl({
            id: 'name',
            name: 'name',
            label: 'Name',
            required: true,
            maxLength: 100,
            value: typed.name,
            wrong: faults['name'],
          })}
          ${authority.isOperator ? limitControls(typed, faults) : limitWords(typed)}`,
        })}
        <p class="buttons">
          ${
            may(authority, 'organisation.transfer')
              ? html`<a class="button small second" id="transfer" href="${base}transfer/">Hand it over</a>`
              : ''
          }
          ${
            may(authority, 'organisation.delete')
              ? html`<a class="button small danger" id="delete" href="${base}delete/">Delete the organisation</a>`
              : ''
          }
        </p>`,
    }
  }

  return {
    path: `${place.path}settings/`,
    show: async (visit) => {
      const entered = await place.enter(visit)
      checkMay(entered.authority, 'organisation.change')
      return page(visit, entered, entered.organisation)
    },
    actions: {
      change: {
        run: async (visit) => {
          const entered = await place.enter(visit)
          checkMay(entered.authority, 'organisation.change')
          // Limits are for whoever runs the server: whoever is bound by them does not set them.
          const typed = { name: visit.text('name'), ...(entered.authority.isOperator ? limitsIn(visit) : {}) }
          try {
            await organisations.update(entered.organisation.id, typed, {
              ...visit.by,
              allowedBy: entered.authority.userId,
            })
          } catch (error) {
            return page(visit, entered, { ...entered.organisation, ...typed }, faultsOf(error))
          }
          return leave(visit.path, 'It is saved.')
        },
      },
    },
  }
}

function limitControls(typed: OrganisationValues, faults: Faults): Markup {
  const { longestKeyLifetime } = typed
  return html`${textControl({
    id: 'slug',
    name: 'slug',
    label: 'Short name',
    required: true,
    maxLength: 50,
    value: typed.slug,
    wrong: faults['slug'] ?? faults['main'],
    hint: 'As addresses and rules have it. Whoever keeps the old one somewhere will not find it any more.',
  })}
  ${check({
    id: 'second_factor',
    name: 'second_factor',
    label: 'Members need a second factor',
    isChecked: typed.secondFactorRequired,
  })}
  ${textControl({
    id: 'key_days',
    name: 'key_days',
    label: 'Keys live at most, in days',
    type: 'number',
    min: 1,
    max: 36_500,
    value: longestKeyLifetime === null ? '' : String(Math.max(1, Math.floor(longestKeyLifetime / day))),
    wrong: faults['longestKeyLifetime'],
    hint: 'Of its service accounts, from when they are made or rotated. Empty: without an end.',
  })}
  ${textControl({
    id: 'allowedPermissions',
    name: 'permissions',
    label: 'Permissions that it may give',
    isLong: true,
    value: typed.allowedPermissions.join('\n'),
    wrong: faults['allowedPermissions'],
    hint: 'To its roles and service accounts. What they hold beyond is taken from them.',
  })}
  ${textControl({
    id: 'allowedScopes',
    name: 'scopes',
    label: 'Scopes that it may give',
    isLong: true,
    value: typed.allowedScopes.join('\n'),
    wrong: faults['allowedScopes'],
    hint: 'To its service accounts and their keys.',
  })}`
}

function limitWords({ slug, secondFactorRequired, longestKeyLifetime }: OrganisationValues): Markup {
  const words = [
    `Its short name is ${slug}.`,
    ...(secondFactorRequired ? ['Members need a second factor.'] : []),
    ...(longestKeyLifetime === null ? [] : [`Keys live for ${Math.floor(longestKeyLifetime / day)} days at most.`]),
  ]
  return html`<p class="quiet" id="limits">${words.join(' ')} Whoever runs this site can change that.</p>`
}

function limitsIn({ text, fields }: Posted): Omit<OrganisationValues, 'name'> {
  const days = text('key_days')
  return {
    slug: text('slug'),
    secondFactorRequired: Object.hasOwn(fields, 'second_factor'),
    longestKeyLifetime: days === '' ? null : Number(days) * day,
    allowedPermissions: wordsIn(text('permissions')),
    allowedScopes: wordsIn(text('scopes')),
  }
}

const day = 86_400

function transferScreen(place: Place, { members }: SettingsScreenStores): Screen {
  async function allowed(visit: Visit): Promise<Entered> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'organisation.transfer')
    return entered
  }
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
          const { organisation, authority, base } = await allowed(visit)
          const from = visit.text('from')
          await members.transfer(organisation.id, from, visit.text('to'), { ...visit.by, allowedBy: authority.userId })
          const isSelf = from === visit.user.id && !authority.isOperator
          return leave(isSelf ? base : `${base}members/`, 'It is handed over.')
        },
      },
    },
  }
}

function deleteScreen(place: Place, { organisations }: SettingsScreenStores): Screen {
  async function allowed(visit: Visit): Promise<Entered> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'organisation.delete')
    return entered
  }

  async function page(visit: Visit, entered: Entered, wrong?: string): Promise<View> {
    const { organisation, base } = entered
    return {
      title: `Delete ${shownName(organisation.name, organisation.slug)}?`,
      crumbs: organisationCrumbs(entered, 'settings/', 'Settings'),
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: 'delete',
        button: 'Delete the organisation',
        what: 'It is gone for good, with all that belongs to it. The accounts of its members stay.',
        stops: stopsOf(await organisations.counts(organisation.id)),
        typed: { text: organisation.slug, wrong },
        cancel: `${base}settings/`,
      }),
    }
  }

  return {
    path: `${place.path}delete/`,
    isSensitive: true,
    show: async (visit) => page(visit, await allowed(visit)),
    actions: {
      delete: {
        run: async (visit) => {
          const entered = await allowed(visit)
          if (visit.text('typed') !== entered.organisation.slug) {
            return page(visit, entered, 'Type the short name as it stands on this page.')
          }
          await organisations.delete(entered.organisation.id, {
            ...visit.by,
            allowedBy: entered.authority.userId,
          })
          return leave(entered.list.href, `${entered.organisation.name} is deleted.`)
        },
      },
    },
  }
}

/** What stops when an organisation is deleted or suspended. */
export function stopsOf(counts: OrganisationCounts): readonly string[] {
  const words: readonly (readonly [number, string, string])[] = [
    [counts.members, 'membership', 'memberships'],
    [counts.invitations, 'invitation', 'invitations'],
    [counts.roles, 'role of its own', 'roles of its own'],
    [counts.serviceAccounts, 'service account', 'service accounts'],
    [counts.keys, 'key', 'keys'],
    [counts.clients, 'application', 'applications'],
  ]
  return words.filter(([count]) => count > 0).map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
}
