import { RequestRefused } from '../../core/errors.ts'
import { digest } from '../../crypto/digest.ts'
import type { Database } from '../../storage/database.ts'
import { formatId } from '../../storage/id.ts'
import type { UnreviewedApps } from '../app-testers.ts'
import type { ClientAction } from '../client-actions.ts'
import { unvouched } from '../client-review.ts'
import { createClientUnits, subjectOf } from '../client-units.ts'
import { checkedPicture, mostPictureBytes, mostPixels } from './checked-picture.ts'

export interface ClientLogosOptions {
  readonly database: Database
  readonly revocations: Parameters<typeof createClientUnits>[0]['revocations']
  /** What paths begin with (/o/). */
  readonly prefix?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The pictures that people see where they are asked about an application. They come from this site alone: no browser asks anybody
 * else for one. What changes throws `RequestRefused` (`not_found`) where there is no such application, or none of the owner's.
 */
export interface ClientLogos {
  /** Its address on this site, `null` where there is none. */
  readonly pathOf: (clientKey: bigint) => Promise<string | null>
  /** The same by `client_id`. */
  readonly pathFor: (clientId: string) => Promise<string | null>
  /**
   * Gives an application a picture, in base64. One that its owner gives has to be reviewed. Throws `invalid` for what is no PNG,
   * JPEG or WebP, or too large.
   */
  readonly put: (clientId: string, base64: string, action: ClientAction) => Promise<void>
  /** Whether there was one. */
  readonly remove: (clientId: string, action: ClientAction) => Promise<boolean>
}

export function logoPath(prefix: string): string {
  return `${prefix}logo/`
}

export function createClientLogos(options: ClientLogosOptions): ClientLogos {
  const { database, prefix = '/o/', clock = Date.now } = options
  const { inUnit } = createClientUnits(options)

  function addressOf(row: { client_id: bigint; digest: string } | undefined): string | null {
    return row === undefined ? null : `${logoPath(prefix)}${formatId(row.client_id)}/${row.digest}`
  }

  return {
    pathOf: async (clientKey) => {
      const query = database.read.selectFrom('client_logos').select(['client_id', 'digest'])
      return addressOf(await query.where('client_id', '=', clientKey).executeTakeFirst())
    },

    pathFor: async (clientId) => {
      const query = database.read
        .selectFrom('client_logos')
        .innerJoin('clients', 'clients.id', 'client_logos.client_id')
        .select(['client_logos.client_id', 'client_logos.digest'])
      return addressOf(await query.where('clients.identifier', '=', clientId).executeTakeFirst())
    },

    put: async (clientId, base64, action) => {
      const picture = checkedPicture(Buffer.from(base64, 'base64'))
      if (picture === null) throw noPicture()
      const now = Math.floor(clock())
      await inUnit(clientId, action, async (unit, row) => {
        const logo = {
          client_id: row.id,
          media_type: picture.mediaType,
          digest: digest(picture.bytes).toString('base64url'),
          bytes: picture.bytes,
          updated_at: now,
        }
        const { client_id: _, ...changed } = logo
        await unit
          .insertInto('client_logos')
          .values(logo)
          .onConflict((conflict) => conflict.column('client_id').doUpdateSet(changed))
          .execute()
        // Whoever is looking at it meanwhile has to see the new one before they vouch for it.
        const columns = { ...unvouched(row, row.metadata, action), updated_at: now }
        await unit.updateTable('clients').set(columns).where('id', '=', row.id).execute()
        const detail = { name: row.name, digest: logo.digest }
        await database.audit(unit, { ...action.by, event: 'client.logo_changed', subject: subjectOf(row), detail })
      })
    },

    remove: async (clientId, action) =>
      inUnit(clientId, action, async (unit, row) => {
        const gone = await unit
          .deleteFrom('client_logos')
          .where('client_id', '=', row.id)
          .returning('digest')
          .executeTakeFirst()
        if (gone === undefined) return false
        const detail = { name: row.name }
        await database.audit(unit, { ...action.by, event: 'client.logo_removed', subject: subjectOf(row), detail })
        return true
      }),
  }
}

/** The picture of an application for a page that asks people about it; `null` where it has none, or none to be shown. */
export type FindShownLogo = (client: { readonly key: bigint; readonly source: string }) => Promise<string | null>

/**
 * What nobody here has looked at is shown to its testers alone: anybody can upload the sign of a bank.
 */
export function createFindShownLogo({
  logos,
  unreviewedApps = 'testers',
}: {
  readonly logos: Pick<ClientLogos, 'pathOf'>
  readonly unreviewedApps?: UnreviewedApps | undefined
}): FindShownLogo {
  return async ({ key, source }) =>
    source === 'manual' || (source === 'portal' && unreviewedApps === 'testers') ? logos.pathOf(key) : null
}

function noPicture(): RequestRefused {
  const message = `It has to be a PNG, JPEG or WebP of up to ${mostPictureBytes / 1024} KiB and ${mostPixels} pixels a side, which does not move.`
  return new RequestRefused('invalid', undefined, { body: { logo: [message] } })
}
