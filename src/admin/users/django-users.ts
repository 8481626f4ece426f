import { recordOf, textOf } from './record-parts.ts'

/** What `readUsers` gives of somebody, and what it says of administrators, who are not made by a file. */
export type DjangoUser = Readonly<Record<string, unknown>>

/**
 * The users in what `manage.py dumpdata` wrote, of Django's own model or another one with passwords, with the addresses that
 * django-allauth knows to be theirs; `null` where it is nothing of the kind. Groups and permissions stand there by number: they
 * come with `doorward import-django`, and the rest with them.
 */
export function djangoUsers(values: readonly unknown[]): readonly DjangoUser[] | null {
  const objects = values.map(dumpedOf)
  if (objects.length === 0 || !objects.every((one) => one !== null)) return null
  const verified = new Set(
    objects
      .filter(({ model, fields }) => model === 'account.emailaddress' && fields['verified'] === true)
      .map(({ fields }) => ownerKey(fields['user'], textOf(fields['email']))),
  )
  return objects.filter(isUser).map(({ pk, fields }) => {
    const email = textOf(fields['email'])
    return {
      username: textOf(fields['username']) || email,
      email,
      email_verified: verified.has(ownerKey(pk, email)),
      is_active: fields['is_active'] !== false,
      password_hash: textOf(fields['password']),
      is_staff: fields['is_staff'] === true,
      is_superuser: fields['is_superuser'] === true,
    }
  })
}

interface Dumped {
  readonly model: string
  readonly pk: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

function dumpedOf(value: unknown): Dumped | null {
  const object = recordOf(value)
  const [model, fields] = [textOf(object?.['model']), recordOf(object?.['fields'])]
  return /^\w+\.\w+$/.test(model) && fields !== null ? { model: model.toLowerCase(), pk: object?.['pk'], fields } : null
}

function isUser({ fields }: Dumped): boolean {
  return ['password', 'last_login', 'is_active'].every((name) => Object.hasOwn(fields, name))
}

function ownerKey(owner: unknown, email: string): string {
  return `${String(owner)} ${email.toLowerCase()}`
}
