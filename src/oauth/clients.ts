import { orConflict } from '../accounts/unique.ts'
import type { Sealer } from '../crypto/seal.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { ClientRow } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { heldBack } from '../tokens/held-back.ts'
import { holdOrganisation } from '../tokens/organisation-limits.ts'
import { holdOwner } from '../tokens/owner.ts'
import {
  type ChangedClient,
  type ClientAction,
  type ClientChange,
  type ClientReviewed,
  isByAdministrator,
  type MadeClient,
  type NewClient,
} from './client-actions.ts'
import { checkRoom } from './check-room.ts'
import { clientChanges } from './client-changes.ts'
import { checkedIdentifier, checkedOrganisation, valueColumns, valuesOf } from './client-columns.ts'
import { type ClientList, createClientList } from './client-list.ts'
import { clientRecord, type ClientRecord } from './client-record.ts'
import { reviewed, unreviewed } from './client-review.ts'
import { createClientSecrets } from './client-secrets.ts'
import { checkedClient, type ClientRules, type ClientValues } from './client-values.ts'
import type { GivenClient } from './client-wire.ts'
import { clientOf } from './client.ts'
import { credentialsEnd } from './credentials-end.ts'
import { createClientUnits, subjectOf } from './client-units.ts'

export type { ChangedClient, ClientAction, ClientChange, MadeClient, NewClient } from './client-actions.ts'
export type { ClientListOptions } from './client-list.ts'
export type { ClientRecord, SecretRotation } from './client-record.ts'

export interface ClientsOptions {
  readonly database: Database
  readonly format: TokenFormat
  readonly sealer: Pick<Sealer, 'seal'>
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly rules: ClientRules
  /** For how many applications somebody may answer who registers another one in the portal; `null`: any number (100). */
  readonly mostPerUser?: number | null
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The clients, for administration. `id` is their `client_id`. Everything but `find` and `list` throws `RequestRefused`:
 * `not_found` where there is no such client, or none of the owner's, `conflict` where it is in no state for it, and
 * `invalid` with every member at fault. Each change is in the audit log.
 */
export interface Clients extends ClientList {
  /** Registers a client. Its secret is not kept, so this is the only time it can be shown. */
  readonly create: (values: Partial<ClientValues> | GivenClient, client: NewClient) => Promise<MadeClient>
  /**
   * What is left out stays, `null` takes back to the default. Where it needs a secret now and had none, that is made. One that
   * was reviewed is so no more once its owner has changed it.
   */
  readonly update: (
    id: string,
    changes: Partial<ClientValues> | GivenClient,
    action: ClientChange,
  ) => Promise<ChangedClient>
  /** As `update`, but what is left out goes back to its default (RFC 7592, section 2.2). */
  readonly replace: Clients['update']
  /** Gives a client another secret beside the one it has. Both work for `overlap` seconds; `null`: until it is finished (7 days). */
  readonly startSecretRotation: (
    id: string,
    action: ClientAction & { readonly overlap?: number | null },
  ) => Promise<{ readonly client: ClientRecord; readonly secret: string }>
  /** Ends the old secret now. */
  readonly finishSecretRotation: (id: string, action: ClientAction) => Promise<ClientRecord>
  /** Ends the new secret, while the old one still works. */
  readonly cancelSecretRotation: (id: string, action: ClientAction) => Promise<ClientRecord>
  /** An administrator has looked at it as it was at `seen` (as it is): people are not warned of it any more. Throws `conflict`. */
  readonly review: (id: string, action: ClientReviewed) => Promise<ClientRecord>
  /** Switches a client off: it is refused from the next request on, and so are its tokens. Where an administrator did, its owner does not switch it on: `conflict`. */
  readonly disable: (id: string, action: ClientAction) => Promise<ClientRecord>
  /** Switches it on again, with the tokens that are looked up. JWT access tokens from before stay dead. */
  readonly enable: (id: string, action: ClientAction) => Promise<ClientRecord>
  /** Deletes a client, and with it every grant, consent and token of it. */
  readonly delete: (id: string, action: ClientAction) => Promise<void>
}

export function createClients(options: ClientsOptions): Clients {
  const { database, format, rules, mostPerUser = 100, clock = Date.now } = options
  const secrets = createClientSecrets(options)

  const { inUnit, change, endJwts } = createClientUnits(options)

  async function rewrite(
    id: string,
    { freshUntil, ...action }: ClientChange,
    given: GivenClient,
    wanted: (row: ClientRow) => GivenClient,
  ): Promise<ChangedClient> {
    let secret: string | null = null
    let registrationToken: string | null = null
    const client = await change(
      id,
      'client.updated',
      action,
      (row) => {
        // What it was registered with may have left the catalogue since.
        const kept = Object.fromEntries(clientOf(row).scopes.map((name) => [name, name]))
        const checked = checkedClient(wanted(row), { ...rules, ...action.rules, scopes: { ...kept, ...rules.scopes } })
        const { text, columns } = secrets.changed(checked, row)
        secret = text
        const registration = action.registration === undefined ? null : format.make('reg', row.id)
        registrationToken = registration?.text ?? null
        const values = valueColumns(checked)
        return {
          ...values,
          ...unreviewed(row, values, action),
          ...columns,
          ...(registration === null ? {} : { registration_digest: registration.digest }),
          ...(freshUntil === undefined ? {} : { fresh_until: freshUntil }),
        }
      },
      (row, changed) => ({ fields: Object.keys(given), changed: clientChanges(row, changed) }),
    )
    return { client, secret, registrationToken }
  }

  return {
    create: async (
      values,
      { by, owner = null, organisation = null, source = 'manual', identifier, alongside, ...more },
    ) => {
      const checked = checkedClient(values, { ...rules, ...more.rules })
      const now = Math.floor(clock())
      const id = database.newId()
      const { text: secret, columns } = secrets.first(checked, id, more)
      const registration = more.isSelfManaged === true ? format.make('reg', id) : null
      const row: ClientRow = {
        id,
        identifier: identifier === undefined ? formatId(id) : checkedIdentifier(identifier),
        owner_id: owner === null ? null : parseId(owner),
        source,
        is_active: 1,
        ...valueColumns(checked),
        ...columns,
        registration_digest: registration?.digest ?? null,
        created_at: now,
        updated_at: now,
        fresh_until: more.freshUntil ?? null,
        organisation_id: organisation === null ? null : checkedOrganisation(organisation),
        organisation_suspended: 0,
        held: 0,
        credentials_end_at: null,
      }
      row.credentials_end_at = credentialsEnd(row)
      const creating = database.write(async (unit) => {
        if (owner !== null) {
          await holdOwner(unit, database.dialect, { kind: 'user', id: owner })
          if (source === 'portal' && mostPerUser !== null) await checkRoom(unit, owner, mostPerUser)
        }
        await holdOrganisation(unit, database.dialect, { ...row, scopes: '', permissions: '' })
        await alongside?.(unit, id)
        await unit.insertInto('clients').values(row).execute()
        const detail = {
          name: row.name,
          source,
          owner,
          organisation,
          auth_method: row.auth_method,
          grant_types: row.grant_types,
        }
        await database.audit(unit, { ...by, event: 'client.created', subject: subjectOf(row), detail })
      })
      await orConflict(creating, 'There is a client with this client_id already.')
      return { client: clientRecord(row), secret, registrationToken: registration?.text ?? null }
    },

    ...createClientList(database),
    update: async (id, changes, action) =>
      rewrite(id, action, changes, (row) => ({ ...keptOf(row, changes), ...definedOf(changes) })),
    replace: async (id, values, action) => rewrite(id, action, values, () => values),

    startSecretRotation: async (id, { overlap = sevenDays, ...action }) => {
      if (overlap !== null && !(Number.isFinite(overlap) && overlap >= 0)) {
        throw new TypeError('startSecretRotation: overlap must be a number of seconds, or null for no end.')
      }
      let secret = ''
      const client = await change(id, 'client.secret_rotation_started', action, (row, now) => {
        const endsAt = overlap === null ? null : Math.floor(now + overlap * 1000)
        const { text, columns } = secrets.started(row, { now, endsAt })
        secret = text
        return columns
      })
      return { client, secret }
    },
    finishSecretRotation: async (id, action) => change(id, 'client.secret_rotation_finished', action, secrets.finished),
    cancelSecretRotation: async (id, action) =>
      change(id, 'client.secret_rotation_cancelled', action, secrets.cancelled),

    review: async (id, { seen, alongside, ...action }) =>
      change(
        id,
        'client.reviewed',
        action,
        (row) => reviewed(row, seen),
        () => ({}),
        async (unit, row) => {
          await unit.deleteFrom('client_reviews').where('client_id', '=', row.id).execute()
          await alongside?.(unit, row)
        },
      ),
    disable: async (id, action) =>
      change(id, 'client.disabled', action, (row) => {
        const held = isByAdministrator(action) ? 1 : row.is_active === 1 ? 0 : row.held
        return row.is_active === 1 || held !== row.held ? { is_active: 0, held } : null
      }),
    enable: async (id, action) =>
      change(id, 'client.enabled', action, (row) => {
        if (row.is_active === 1) return null
        if (row.held !== 0 && !isByAdministrator(action)) throw heldBack()
        return { is_active: 1, held: 0 }
      }),
    delete: async (id, action) =>
      inUnit(id, action, async (unit, row) => {
        await endJwts(unit, row, Math.floor(clock()))
        await unit.deleteFrom('clients').where('id', '=', row.id).execute()
        const detail = { name: row.name }
        await database.audit(unit, { ...action.by, event: 'client.deleted', subject: subjectOf(row), detail })
      }),
  }
}

/** Seconds. */
const sevenDays = 7 * 86_400

/** Response types follow from grant types, where nobody says otherwise. */
function keptOf(row: ClientRow, changes: GivenClient): GivenClient {
  const { responseTypes, ...kept } = valuesOf(row)
  return changes.grantTypes === undefined && responseTypes !== undefined ? { ...kept, responseTypes } : kept
}

/** A change that is there but undefined changes nothing. */
function definedOf(changes: GivenClient): GivenClient {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}
