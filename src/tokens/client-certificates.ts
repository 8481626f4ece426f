import type { ServiceAccount, User } from '../core/identity.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { credentialName } from './credential-name.ts'
import { actorOf, holdOwner, ownerColumns, type By, type Owner } from './owner.ts'
import { principalColumns, toPrincipal } from './principal.ts'

/** By what of a certificate its holder is told: the one certificate, or a name that an authority has put into it. */
export type CertificateMatch = 'fingerprint' | 'subject' | 'san_dns' | 'san_uri' | 'san_email'

/** What an authenticator knows of a certificate that it has checked. */
export interface CertificateNames {
  /** SHA-256 of the DER, hex in lower case. */
  readonly fingerprint256: string
  /** RFC 4514. */
  readonly subject: string
  readonly sanDns: readonly string[]
  readonly sanUri: readonly string[]
  readonly sanEmail: readonly string[]
}

export interface ClientCertificates {
  /** Maps a certificate, or a name in one, to an owner. Throws `conflict` where it is somebody's already. */
  readonly add: (mapping: {
    readonly owner: Owner
    readonly name: string
    readonly match: CertificateMatch
    readonly value: string
    readonly by?: By
  }) => Promise<{ readonly id: string }>
  /**
   * Whose certificate it is: the fingerprint first, then the names. `null` where it is nobody's, its owner may not, or its
   * names lead to more than one.
   */
  readonly find: (certificate: CertificateNames) => Promise<User | ServiceAccount | null>
  /** Ends a mapping. `false` where there was none. */
  readonly revoke: (id: string, options: { readonly by: By }) => Promise<boolean>
}

/** Which client certificates are whose. */
export function createClientCertificates({
  database,
  clock = Date.now,
}: {
  readonly database: Database
  readonly clock?: () => number
}): ClientCertificates {
  return {
    add: async ({ owner, name, match, value, by = { actor: actorOf(owner) } }) => {
      const id = database.newId()
      const row = {
        id,
        ...ownerColumns(owner),
        name: credentialName(name),
        match,
        value: checkedValue(match, value),
        created_at: clock(),
        revoked_at: null,
      }
      await database.write(async (unit) => {
        await holdOwner(unit, database.dialect, owner)
        const query = unit.selectFrom('client_certificates').select('id').where('match', '=', match)
        const taken = await query.where('value', '=', row.value).where('revoked_at', 'is', null).executeTakeFirst()
        if (taken !== undefined) throw new RequestRefused('conflict', 'This certificate is mapped already.')
        await unit.insertInto('client_certificates').values(row).execute()
        await database.audit(unit, { ...by, event: 'certificate.added', subject: subjectOf(id), detail: { match } })
      })
      return { id: formatId(id) }
    },
    find: async (certificate) => {
      const names = namesOf(certificate)
      const rows = await database.read
        .selectFrom('client_certificates')
        .leftJoin('users', 'users.id', 'client_certificates.user_id')
        .leftJoin('service_accounts', 'service_accounts.id', 'client_certificates.service_account_id')
        .select(['client_certificates.match', 'client_certificates.created_at'])
        .select(principalColumns)
        .where('client_certificates.revoked_at', 'is', null)
        .where((eb) =>
          eb.or(
            names.map(([match, value]) =>
              eb.and([eb('client_certificates.match', '=', match), eb('client_certificates.value', '=', value)]),
            ),
          ),
        )
        .execute()
      const exact = rows.filter((row) => row.match === 'fingerprint')
      const chosen = exact.length > 0 ? exact : rows
      const owners = new Set(chosen.map((row) => `${row.user_id ?? ''}/${row.service_account_id ?? ''}`))
      const [row] = chosen
      // A certificate stands for whoever holds its key: it outlives "sign out everywhere", as a password does.
      return row === undefined || owners.size > 1 ? null : toPrincipal(row, Number.POSITIVE_INFINITY, clock())
    },
    revoke: async (id, { by }) => {
      const wanted = parseId(id)
      if (wanted === null) return false
      return database.write(async (unit) => {
        const query = unit.updateTable('client_certificates').set({ revoked_at: clock() }).where('id', '=', wanted)
        const ended = await query.where('revoked_at', 'is', null).returning('id').executeTakeFirst()
        if (ended === undefined) return false
        await database.audit(unit, { ...by, event: 'certificate.revoked', subject: subjectOf(wanted) })
        return true
      })
    },
  }
}

function subjectOf(id: bigint): string {
  return `certificate:${formatId(id)}`
}

function namesOf({
  fingerprint256,
  subject,
  sanDns,
  sanUri,
  sanEmail,
}: CertificateNames): [CertificateMatch, string][] {
  const list = (match: CertificateMatch, values: readonly string[]): [CertificateMatch, string][] =>
    values.map((value) => [match, value])
  return [
    ['fingerprint', fingerprint256],
    ...(subject === '' ? [] : list('subject', [subject])),
    ...list(
      'san_dns',
      sanDns.map((name) => name.toLowerCase()),
    ),
    ...list('san_uri', sanUri),
    ...list(
      'san_email',
      sanEmail.map((name) => name.toLowerCase()),
    ),
  ]
}

function checkedValue(match: CertificateMatch, value: string): string {
  const text = value.trim()
  if (text === '' || text.length > 1000)
    throw new RequestRefused('invalid', undefined, { body: { value: ['This is no name in a certificate.'] } })
  if (match === 'san_dns' || match === 'san_email') return text.toLowerCase()
  if (match !== 'fingerprint') return text
  const hex = text.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new RequestRefused('invalid', undefined, {
      body: { value: ['A fingerprint is the SHA-256 of the certificate, 64 hex digits.'] },
    })
  }
  return hex
}
