import { html } from 'hono/html'
import { choices, type ChoicesOptions, chosenIn, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { may } from '../authority.ts'
import { type Entered, enterFor, organisationCrumbs, type Place } from './place.ts'

export interface NewServiceAccountScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'create'>
}

/** A new service account of an organisation, within what the organisation may give. */
export function newServiceAccountScreen(place: Place, { serviceAccounts }: NewServiceAccountScreenStores): Screen {
  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const entered = await enterFor(place, visit, 'service_accounts.add')
    const { organisation, base } = entered
    return {
      title: 'New service account',
      crumbs: organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
      problems: problemsOf(faults, { main: 'name' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Make the service account',
        cancel: `${base}service-accounts/`,
        content: html`${textControl({
          id: 'name',
          name: 'name',
          label: 'Name',
          required: true,
          maxLength: 100,
          value: typed.name,
          wrong: faults['name'] ?? faults['main'],
          hint: 'What it does: nightly export.',
        })}
        ${boxes({
          id: 'scopes',
          name: 'scope',
          label: 'Scopes of its keys, at most',
          all: organisation.allowedScopes,
          values: typed.scopes,
          wrong: faults['scopes'],
        })}
        ${boxes({
          id: 'permissions',
          name: 'permission',
          label: 'Permissions',
          all: mayGive(entered),
          values: typed.permissions,
          wrong: faults['permissions'],
        })}`,
      }),
    }
  }

  return {
    path: `${place.path}service-accounts/new/`,
    show: async (visit) => page(visit, { name: '', scopes: [], permissions: [] }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const entered = await enterFor(place, visit, 'service_accounts.add')
          const { organisation, authority, base } = entered
          const typed = {
            name: visit.text('name'),
            scopes: chosenIn(visit.fields, 'scope', organisation.allowedScopes),
            permissions: chosenIn(visit.fields, 'permission', mayGive(entered)),
          }
          try {
            const values = { ...typed, organisationId: organisation.id }
            const made = await serviceAccounts.create(values, { by: visit.by, allowedBy: authority.userId })
            return leave(`${base}service-accounts/${made.id}/`, 'The service account is made. Now give it a key.')
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

/** What they may give a program of theirs: see `checkMemberRight`. */
function mayGive({ organisation, authority }: Entered): readonly string[] {
  if (may(authority, 'roles.change')) return organisation.allowedPermissions
  return organisation.allowedPermissions.filter((permission) => may(authority, permission))
}

interface Typed {
  readonly name: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

interface BoxesOptions extends Omit<ChoicesOptions, 'choices'> {
  /** What the organisation has to give. */
  readonly all: readonly string[]
}

function boxes({ all, ...options }: BoxesOptions): Markup {
  if (all.length > 0) return choices({ ...options, choices: all.map((value) => ({ value, text: value })) })
  return html`<p class="quiet" id="${options.id}">
    ${options.label}: the organisation has none to give. Whoever runs this site can change that.
  </p>`
}
