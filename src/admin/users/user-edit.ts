import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { postForm } from '../../pages/forms.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { checkMayActOn } from '../acting-on.ts'
import { userControls, type UserForm, userFormIn, valuesOf } from './user-form.ts'
import { userFrame, userOf, userPath } from './user-frame.ts'

/** Changes what a user is called and may do. Making administrators has a page of its own. */
export function userEdit({ users }: { readonly users: Pick<Users, 'find' | 'update'> }): Screen {
  return {
    path: 'users/:id/edit/',
    // Whoever says where somebody's mail goes gets their new password.
    isSensitive: true,
    show: async (visit) => {
      const user = await userOf(visit, users)
      checkMayActOn(visit.user, user)
      return page(visit, user, formOf(user), {})
    },
    actions: {
      save: {
        run: async (visit) => {
          const user = await userOf(visit, users)
          checkMayActOn(visit.user, user)
          const form = userFormIn(visit)
          try {
            await users.update(user.id, changedOnly(valuesOf(form), valuesOf(formOf(user))), visit.by)
            return leave(userPath(user.id), 'The changes are saved.')
          } catch (error) {
            return page(visit, user, form, faultsOf(error))
          }
        },
      },
    },
  }
}

/** What stays as it is is not sent: a change that somebody else made meanwhile is not taken back. */
function changedOnly<Values extends object>(now: Values, before: Values): Partial<Values> {
  const changed = Object.entries(now).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Values]),
  )
  return Object.fromEntries(changed) as Partial<Values>
}

function formOf({ username, email, emailVerified, permissions }: UserRecord): UserForm {
  return { username, email: email ?? '', emailVerified, permissions: permissions.join('\n') }
}

function page(visit: Visit, user: UserRecord, form: UserForm, faults: Faults): View {
  const { crumbs = [], title } = userFrame(user)
  return {
    title: `Edit ${title}`,
    crumbs: [...crumbs, { href: userPath(user.id), text: title }],
    problems: problemsOf(faults),
    content: postForm({
      to: visit.path,
      proof: visit.form,
      action: 'save',
      button: 'Save',
      cancel: userPath(user.id),
      content: userControls(form, faults),
    }),
  }
}
