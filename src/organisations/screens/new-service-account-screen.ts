import { html } from 'hono/html'
import { choices, chosenIn, textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { checkMay } from '../authority.ts'
import { organisationCrumbs, type Place } from './place.ts'

export interface NewServiceAccountScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'create'>
}

/** A new service account of an organisation, within what the organisation may give. */
export function newServiceAccountScreen(place: Place, { serviceAccounts }: NewServiceAccountScreenStores): Screen {
  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'service_accounts.add')
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
        ${boxes('scopes', 'scope', 'Scopes of its keys, at most', organisation.allowedScopes, typed.scopes, faults)}
        ${boxes('permissions', 'permission', 'Permissions', organisation.allowedPermissions, typed.permissions, faults)}`,
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
          const { organisation, authority, base } = await place.enter(visit)
          checkMay(authority, 'service_accounts.add')
          const typed = {
            name: visit.text('name'),
            scopes: chosenIn(visit.fields, 'scope', organisation.allowedScopes),
            permissions: chosenIn(visit.fields, 'permission', organisation.allowedPermissions),
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

interface Typed {
  readonly name: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

function boxes(
  id: string,
  name: string,
  label: string,
  all: readonly string[],
  values: readonly string[],
  faults: Faults,
): Markup {
  if (all.length === 0) {
    return html`<p class="quiet" id="${id}">
      ${label}: the organisation has none to give. Whoever runs this site can change that.
    </p>`
  }
  return choices({ id, name, label, choices: all.map((value) => ({ value, text: value })), values, wrong: faults[id] })
}
