import type { SelectQueryBuilder } from 'kysely'
import { keyedDigest } from '../crypto/digest.ts'
import { isConflict } from '../storage/conflict.ts'
import type { OwnPage } from '../pages/asked.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { ClientRow, DeviceCodeRow, GrantRow, Schema } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import type { By } from '../tokens/owner.ts'
import { wordsOf } from '../tokens/principal.ts'
import type { OAuthClient } from './client.ts'
import { readMetadata } from './client-metadata.ts'
import { subjectOf } from './grants.ts'
import { ownPagesOf } from './own-pages.ts'
import { formatUserCode, makeUserCode } from './user-code.ts'

export interface DeviceCodesOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** What the digests of user codes are made with: they are too short for a bare one. */
  readonly userCodeKey: Uint8Array
  /** Seconds that a device waits for its user (600). */
  readonly deviceCodeLifetime?: number
  /** Seconds between two questions of a device, to begin with (5). */
  readonly deviceInterval?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface NewDeviceCode {
  readonly client: OAuthClient
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** The organisation that it names (none). */
  readonly organization: string | null
  readonly address: string | null
  readonly requestId?: string | undefined
}

/** A device that waits for its user, as they see it before they decide. */
export interface WaitingDevice {
  readonly id: bigint
  readonly clientKey: bigint
  readonly clientId: string
  readonly clientName: string
  /** Who registered the client, and whom it belongs to: see `MayUseClient`. */
  readonly source: string
  /** Those of the client. */
  readonly ownPages: readonly OwnPage[]
  readonly row: Pick<ClientRow, 'owner_id' | 'organisation_id'>
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  /** The organisation that it named, by id or short name. */
  readonly organization: string | null
  /** Whether its users choose one. */
  readonly asksForOrganisation: boolean
  /** Where it asked from. */
  readonly address: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
}

/** Device codes (RFC 8628): a device waits, a user decides in a browser, and the device gets its tokens once. */
export interface DeviceCodes {
  readonly issue: (device: NewDeviceCode) => Promise<{
    readonly deviceCode: string
    readonly userCode: string
    /** Seconds. */
    readonly expiresIn: number
    readonly interval: number
  }>
  /** The device behind a user code as `readUserCode` gives it: `null` where none waits with it. */
  readonly findByUserCode: (userCode: string) => Promise<WaitingDevice | null>
  /** The same device again: `null` where it does not wait any more. */
  readonly find: (id: bigint) => Promise<WaitingDevice | null>
  /** Allows it: `false` where it does not wait any more. The grant is stored with it. */
  readonly approve: (device: WaitingDevice, grant: GrantRow, by: By) => Promise<boolean>
  /** Refuses it: `false` where it does not wait any more. */
  readonly deny: (device: WaitingDevice, by: By) => Promise<boolean>
}

export function createDeviceCodes(options: DeviceCodesOptions): DeviceCodes {
  const { database, format, userCodeKey, clock = Date.now } = options
  const { deviceCodeLifetime: lifetime = 600, deviceInterval = 5 } = options
  const digestOf = (userCode: string): Uint8Array => keyedDigest(userCodeKey, `user code ${userCode}`)

  async function insert({
    client,
    scopes,
    resources,
    organization,
    address,
    requestId,
  }: NewDeviceCode): Promise<Inserted> {
    const now = Math.floor(clock())
    const id = database.newId()
    const { text, digest } = format.make('dev', id)
    const userCode = makeUserCode()
    const row: DeviceCodeRow = {
      id,
      digest,
      user_code: digestOf(userCode),
      client_id: client.key,
      scopes: scopes.join(' '),
      resources: resources.join(' '),
      status: 'waiting',
      grant_id: null,
      pace: deviceInterval,
      asked_at: null,
      address,
      organization,
      created_at: now,
      expires_at: now + lifetime * 1000,
    }
    const audit = {
      event: 'device_code.issued',
      actor: `client:${client.id}`,
      subject: deviceOf(id),
      address,
      requestId: requestId ?? null,
      detail: { client: client.id, scopes: row.scopes },
    }
    await database.append({ device_codes: row, audit })
    return { deviceCode: text, userCode: formatUserCode(userCode) }
  }

  /** Two devices that wait never have the same user code. That one comes twice is rarer than anything else that fails. */
  async function insertOne(device: NewDeviceCode, tries = 5): Promise<Inserted> {
    try {
      return await insert(device)
    } catch (error) {
      if (tries <= 1 || !isConflict(error)) throw error
      return insertOne(device, tries - 1)
    }
  }

  async function decide({ id, clientId }: WaitingDevice, grant: GrantRow | null, by: By): Promise<boolean> {
    const status = grant === null ? 'denied' : 'approved'
    const now = Math.floor(clock())
    return database.write(async (unit) => {
      const decided = await unit
        .updateTable('device_codes')
        .set({ status })
        .where('id', '=', id)
        .where('status', '=', 'waiting')
        .where('expires_at', '>', now)
        .returning('id')
        .executeTakeFirst()
      if (decided === undefined) return false
      await database.audit(unit, { ...by, event: `device_code.${status}`, subject: deviceOf(id) })
      if (grant === null) return true
      await unit.insertInto('grants').values(grant).execute()
      await unit.updateTable('device_codes').set({ grant_id: grant.id }).where('id', '=', id).execute()
      const { organisation_id: organisation } = grant
      const where = organisation === null ? {} : { organisation: formatId(organisation) }
      const detail = { client: clientId, scopes: grant.scopes, resources: grant.resources, ...where }
      await database.audit(unit, { ...by, event: 'grant.created', subject: subjectOf(grant.id), detail })
      return true
    })
  }

  async function waiting(which: (rows: Waiting) => Waiting): Promise<WaitingDevice | null> {
    const query = database.read
      .selectFrom('device_codes')
      .innerJoin('clients', 'clients.id', 'device_codes.client_id')
      .select([
        'device_codes.id',
        'client_id',
        'device_codes.scopes',
        'resources',
        'address',
        'organization',
        'device_codes.created_at',
        'device_codes.expires_at',
      ])
      .select(['clients.identifier', 'clients.name', 'clients.source', 'clients.metadata'])
      .select(['clients.owner_id', 'clients.organisation_id'])
      .where('status', '=', 'waiting')
      .where('expires_at', '>', Math.floor(clock()))
      .where('clients.is_active', '=', 1)
    const row = await which(query).executeTakeFirst()
    if (row === undefined) return null
    return {
      id: row.id,
      clientKey: row.client_id,
      clientId: row.identifier,
      clientName: row.name,
      source: row.source,
      ownPages: ownPagesOf(readMetadata(row.metadata)),
      row,
      scopes: wordsOf(row.scopes),
      resources: wordsOf(row.resources),
      organization: row.organization,
      asksForOrganisation: readMetadata(row.metadata).asksForOrganisation === true,
      address: row.address,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }
  }

  return {
    issue: async (device) => ({ ...(await insertOne(device)), expiresIn: lifetime, interval: deviceInterval }),

    findByUserCode: async (userCode) => waiting((rows) => rows.where('user_code', '=', digestOf(userCode))),
    find: async (id) => waiting((rows) => rows.where('device_codes.id', '=', id)),
    approve: decide,
    deny: async (device, by) => decide(device, null, by),
  }
}

type Waiting = SelectQueryBuilder<
  Schema,
  'device_codes' | 'clients',
  Pick<DeviceCodeRow, 'id' | 'client_id' | 'scopes' | 'resources' | 'address' | 'organization'> &
    Pick<DeviceCodeRow, 'created_at' | 'expires_at'> &
    Pick<ClientRow, 'identifier' | 'name' | 'source' | 'metadata' | 'owner_id' | 'organisation_id'>
>

interface Inserted {
  readonly deviceCode: string
  readonly userCode: string
}

function deviceOf(id: bigint): string {
  return `device_code:${formatId(id)}`
}
