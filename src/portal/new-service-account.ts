import { html } from 'hono/html'
import type { Permission } from '../core/permission.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { chosenIn, textControl } from '../pages/controls.ts'
import { postForm } from '../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import type { ServiceAccounts } from '../tokens/service-accounts.ts'
import { scopeBoxes, scopesOfKeys } from './service-account-scopes.ts'

export interface NewServiceAccountOptions {
  readonly serviceAccounts: Pick<ServiceAccounts, 'create'>
  readonly scopes: ScopeCatalogue
  /** Who may make one: it acts under its own name, and nobody is asked about its scopes. */
  readonly mayCreate: Permission
}

/** A new service account, for which whoever makes it answers. */
export function newServiceAccount({ serviceAccounts, scopes, mayCreate }: NewServiceAccountOptions): Screen {
  const form = (visit: Visit, name = '', chosen: readonly string[] = [], faults: Faults = {}): View => ({
    title: 'New service account',
    crumbs: [{ href: list, text: 'Service accounts' }],
    problems: problemsOf(faults, { main: 'account-name', name: 'account-name', scopes: 'account-scopes' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make it',
      cancel: list,
      content: html`${textControl({
        id: 'account-name',
        name: 'name',
        label: 'Name',
        required: true,
        maxLength: 100,
        value: name,
        wrong: faults['name'] ?? faults['main'],
      })}
      ${scopeBoxes(scopes, chosen)}`,
    }),
  })

  return {
    path: 'service-accounts/new/',
    permission: mayCreate,
    isSensitive: true,
    show: async (visit) => form(visit),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const chosen = chosenIn(visit.fields, 'scope', scopesOfKeys(scopes))
          const values = { name: visit.text('name'), scopes: chosen, ownerId: visit.user.id }
          try {
            const { id } = await serviceAccounts.create(values, { by: visit.by })
            return leave(`${list}${id}/`, 'The service account is made. Now give it a key.')
          } catch (error) {
            return form(visit, values.name, chosen, faultsOf(error))
          }
        },
      },
    },
  }
}

const list = '/portal/service-accounts/'
