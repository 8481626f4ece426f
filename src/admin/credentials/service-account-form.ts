import { html } from 'hono/html'
import { meantUser } from '../../accounts/meant-user.ts'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { textControl } from '../../pages/controls.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Faults } from '../../screens/faults.ts'
import type { Posted } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'
import type { ServiceAccountValues } from '../../tokens/service-accounts.ts'
import { scopeChoices } from '../applications/scope-choices.ts'

/** What is typed for a service account. */
export interface ServiceAccountForm {
  readonly name: string
  readonly owner: string
  readonly scopes: readonly string[]
  readonly permissions: string
}

/** The controls for a service account. */
export function serviceAccountControls(
  form: ServiceAccountForm,
  faults: Faults,
  scopes: Readonly<Record<string, string>>,
  mayBeNobody = false,
): Markup {
  return html`${textControl({
    id: 'name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 100,
    value: form.name,
    wrong: faults['name'],
  })}
  ${textControl({
    id: 'owner',
    name: 'owner',
    label: 'Owner',
    required: !mayBeNobody,
    maxLength: 254,
    value: form.owner,
    wrong: faults['owner'] ?? faults['ownerId'],
    hint: 'Username or verified e-mail of the person who answers for it.',
  })}
  ${scopeChoices(scopes, form.scopes, faults['scopes'])}
  ${textControl({
    id: 'permissions',
    name: 'permissions',
    label: 'Permissions',
    isLong: true,
    value: form.permissions,
    wrong: faults['permissions'],
    hint: 'Words such as notes.change, with spaces or line breaks between.',
  })}`
}

/** Reads the form as it was sent. */
export function serviceAccountFormIn({ text, fields }: Pick<Posted, 'text' | 'fields'>): ServiceAccountForm {
  const scopes = Object.keys(fields)
    .filter((name) => name.startsWith('scope_'))
    .map((name) => name.slice('scope_'.length))
  return { name: text('name'), owner: text('owner'), scopes, permissions: text('permissions') }
}

/** What the form means. Throws `RequestRefused` (`invalid`) for an owner who is nobody, unless an organisation answers for it. */
export async function serviceAccountValuesOf(
  { name, owner, scopes, permissions }: ServiceAccountForm,
  users: Pick<Users, 'findByLogin'>,
  { mayBeNobody = false }: { readonly mayBeNobody?: boolean } = {},
): Promise<ServiceAccountValues> {
  const user = await meantUser(users, owner)
  const isNobody = owner === '' && mayBeNobody
  if (user === null && !isNobody) {
    const message = 'Give the username, or the verified e-mail, of the person who answers for it.'
    throw new RequestRefused('invalid', message, { body: { owner: [message] } })
  }
  return {
    name,
    ownerId: user?.id ?? null,
    scopes,
    permissions: wordsIn(permissions),
  }
}
