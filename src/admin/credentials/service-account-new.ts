import type { Users } from '../../accounts/users.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import {
  serviceAccountControls,
  type ServiceAccountForm,
  serviceAccountFormIn,
  serviceAccountValuesOf,
} from './service-account-form.ts'

export interface ServiceAccountNewStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'create'>
  readonly users: Pick<Users, 'findByLogin'>
  readonly scopes: Readonly<Record<string, string>>
}

/** Makes a service account. Its keys are made on its page. */
export function serviceAccountNew({ serviceAccounts, users, scopes }: ServiceAccountNewStores): Screen {
  const page = (visit: Visit, form: ServiceAccountForm, faults: Faults): View => ({
    title: 'New service account',
    crumbs: [{ href: '/admin/service-accounts/', text: 'Service accounts' }],
    problems: problemsOf(faults, { ownerId: 'owner' }),
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the service account',
      cancel: '/admin/service-accounts/',
      content: serviceAccountControls(form, faults, scopes),
    }),
  })

  return {
    path: 'service-accounts/new/',
    show: async (visit) => page(visit, { name: '', owner: visit.user.name, scopes: [], permissions: '' }, {}),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const form = serviceAccountFormIn(visit)
          try {
            const values = await serviceAccountValuesOf(form, users)
            const { id } = await serviceAccounts.create(values, { by: visit.by })
            return leave(`/admin/service-accounts/${id}/`, 'The service account is made. Make a key for it next.')
          } catch (error) {
            return page(visit, form, faultsOf(error))
          }
        },
      },
    },
  }
}
