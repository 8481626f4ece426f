import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { userControls, type UserForm, userFormIn, valuesOf } from './user-form.ts'
import { userPath } from './user-frame.ts'

/** Makes a user. They set their password themselves, by a link that is sent to them. */
export function userNew({ users }: { readonly users: Pick<Users, 'create'> }): Screen {
  return {
    path: 'users/new/',
    show: async (visit) => page(visit, { username: '', email: '', emailVerified: false, permissions: '' }, {}),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const form = userFormIn(visit)
          try {
            const made = await users.create(valuesOf(form), visit.by)
            return leave(userPath(made.id), 'The user is made. They have no password yet: send them a link to set one.')
          } catch (error) {
            return page(visit, form, faultsOf(error))
          }
        },
      },
    },
  }
}

function page(visit: Visit, form: UserForm, faults: Faults): View {
  return {
    title: 'New user',
    crumbs: [{ href: '/admin/users/', text: 'Users' }],
    problems: problemsOf(faults),
    content: html`${postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make the user',
      cancel: '/admin/users/',
      content: userControls(form, faults),
    })}`,
  }
}
