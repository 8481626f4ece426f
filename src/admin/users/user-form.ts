import { html } from 'hono/html'
import type { UserValues } from '../../accounts/user-values.ts'
import { check, textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import type { Posted } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'

/** What is typed for a user, as it stands in the form. */
export interface UserForm {
  readonly username: string
  readonly email: string
  readonly emailVerified: boolean
  readonly permissions: string
}

/** The controls for what a user is called and may do. Passwords are not among them: nobody sets those of others. */
export function userControls(values: UserForm, faults: Faults): Markup {
  return html`${textControl({
    id: 'username',
    name: 'username',
    label: 'Username',
    required: true,
    maxLength: 254,
    value: values.username,
    wrong: faults['username'],
    hint: 'With an @ only where it is the e-mail address too.',
  })}
  ${textControl({
    id: 'email',
    name: 'email',
    label: 'E-mail address',
    type: 'email',
    maxLength: 254,
    value: values.email,
    wrong: faults['email'],
    hint: 'Links to set a password go there.',
  })}
  ${check({
    id: 'email_verified',
    name: 'email_verified',
    label: 'The address is known to be theirs',
    isChecked: values.emailVerified,
  })}
  ${textControl({
    id: 'permissions',
    name: 'permissions',
    label: 'Permissions of their own',
    isLong: true,
    value: values.permissions,
    wrong: faults['permissions'],
    hint: 'Words such as notes.change, with spaces or line breaks between. Those of their groups come on top.',
  })}`
}

/** Reads the form as it was sent, to check it and to show it again. */
export function userFormIn({ text, fields }: Pick<Posted, 'text' | 'fields'>): UserForm {
  return {
    username: text('username'),
    email: text('email'),
    emailVerified: Object.hasOwn(fields, 'email_verified'),
    permissions: text('permissions'),
  }
}

/** What the form means. */
export function valuesOf({ username, email, emailVerified, permissions }: UserForm): UserValues {
  return {
    username,
    email: email === '' ? null : email,
    emailVerified: email !== '' && emailVerified,
    permissions: wordsIn(permissions),
  }
}
