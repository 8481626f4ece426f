import { z } from 'zod'
import type { Users } from '../../accounts/users.ts'
import { json } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import type { AuthenticatorApps } from '../../factors/authenticator-apps.ts'
import type { PasswordHasher } from '../../crypto/password-hash.ts'
import { actingUser } from '../acting-user.ts'
import { importedRecords, mostBytes, mostRows } from './imported-users.ts'
import { importReport, madeUsers } from './made-users.ts'
import { mayAdminister } from '../may-administer.ts'

export interface UserImportApiStores {
  readonly users: Pick<Users, 'findByLogin' | 'create'>
  readonly hasher: Pick<PasswordHasher, 'recognises' | 'hash'>
  readonly apps: Pick<AuthenticatorApps, 'adopt'>
}

/** Makes many users at once, as the console does of a file. */
export function userImportApi({ users, hasher, apps }: UserImportApiStores): Operation {
  return operation({
    tag: 'Users',
    permission: mayAdminister,
    method: 'POST',
    path: '/api/admin/users/import/',
    summary: 'Make many users, or say what would become of each',
    description:
      'What cannot be made is left out, with the reason. Only a superuser may send password hashes and second factors; users without one that can be verified set a password by a link.',
    largestBody: mostBytes,
    body: z.strictObject({
      users: z.array(z.record(z.string(), z.unknown())).min(1).max(mostRows).meta({
        description:
          'With username, email, email_verified, is_active, permissions, password_hash, totp_secret (base32); or the objects of an export of Auth0, of users of a Keycloak realm, or of Django’s dumpdata.',
      }),
      dry_run: z.boolean().optional().meta({ description: 'Whether nobody is made (false).' }),
    }),
    answer: json(
      z.object({
        source: z.enum(['CSV', 'JSON', 'Auth0', 'Keycloak', 'Django']).meta({ description: 'Whose objects they are.' }),
        made: z.int(),
        with_authenticator_app: z.int().meta({ description: 'Whose authenticator app goes on.' }),
        losing_second_factor: z.int().meta({ description: 'Whose second factors cannot go on here.' }),
        without_password: z.int(),
        hashes: z.array(z.object({ kind: z.string(), count: z.int(), is_usable: z.boolean() })),
        left_out: z.array(
          z.object({ row: z.int(), username: z.string(), email: z.string().nullable(), detail: z.string() }),
        ),
      }),
    ),
    handler: async ({ identity, body: { users: records, dry_run: isDry = false }, by }) => {
      const takesHashes = actingUser(identity).isSuperuser === true
      const { source, rows: looked } = await importedRecords(records, { users, hasher, takesHashes })
      const rows = isDry ? looked : await madeUsers(looked, { users, apps, hasher }, by)
      const { good, withoutPassword, hashes, apps: withApp, losing } = importReport(rows)
      return {
        source,
        made: good,
        with_authenticator_app: withApp,
        losing_second_factor: losing,
        without_password: withoutPassword,
        hashes: hashes.map(({ isUsable, ...hash }) => ({ ...hash, is_usable: isUsable })),
        left_out: rows.flatMap(({ place, username, email, fault }) =>
          fault === null ? [] : [{ row: place, username, email: email === '' ? null : email, detail: fault }],
        ),
      }
    },
  })
}
