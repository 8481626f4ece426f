import type { Transaction } from 'kysely'
import { wantsMail } from '../accounts/preferences.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { ClientRow, Schema } from '../storage/schema.ts'
import { addMessage, type AppMessage, checkedMessage, messagesOf } from './app-messages.ts'
import type { ClientAction } from './client-actions.ts'
import type { ClientRecord } from './client-record.ts'
import { clientRecord } from './client-record.ts'
import type { Clients } from './clients.ts'
import { createClientUnits, subjectOf } from './client-units.ts'

export interface AppReviewsOptions {
  readonly database: Database
  readonly clients: Pick<Clients, 'review'>
  readonly revocations: Parameters<typeof createClientUnits>[0]['revocations']
  readonly outbox: ReviewMail
  /** Where this site is, without a trailing slash. */
  readonly baseUrl: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Where mail goes, in the unit that it tells of. */
export interface ReviewMail {
  readonly isOpen: boolean
  readonly add: (
    unit: Transaction<Schema>,
    message: {
      readonly kind: string
      readonly to: string
      readonly subject: string
      readonly parts: readonly (
        | string
        | { readonly link: string; readonly text: string }
        | { readonly facts: readonly (readonly [name: string, value: string])[] }
      )[]
    },
  ) => Promise<unknown>
}

/** How the review of an application stands, and what was said about it. */
export interface AppReview {
  /** `none`: nobody has asked for one; `waiting` for one; `returned` to be changed; `reviewed`. */
  readonly state: 'none' | 'waiting' | 'returned' | 'reviewed'
  /** Since when it waits, or is to be changed, in milliseconds since 1970. */
  readonly since: number | null
  /** Oldest first. */
  readonly messages: readonly AppMessage[]
}

/** An action with something to say; empty where there is nothing. */
export type Saying = ClientAction & { readonly text: string }

/**
 * The review of applications that people register in the portal: whoever answers for one asks for it, whoever administers answers, and
 * each reads what the other wrote. An action with `owner` is theirs; one without is a reviewer's. All throw
 * `RequestRefused`: `not_found` where there is no such application, or none of the owner's, `conflict` where it is in no
 * state for it, and `invalid` for a text that is too long, or missing. Each change is in the audit log, without the text.
 */
export interface AppReviews {
  readonly of: (client: Pick<ClientRecord, 'id' | 'source'>) => Promise<AppReview>
  /** How those of several applications stand, by client id. */
  readonly states: (
    clients: readonly Pick<ClientRecord, 'id' | 'source'>[],
  ) => Promise<ReadonlyMap<string, AppReview['state']>>
  /** Asks for a review, once: what waits already goes on waiting. */
  readonly ask: (id: string, saying: Saying) => Promise<void>
  /** Says something, and leaves everything as it is. */
  readonly say: (id: string, saying: Saying) => Promise<void>
  /** Gives it back to be changed, with the reason. */
  readonly giveBack: (id: string, saying: Saying) => Promise<void>
  /** It is reviewed as it was at `seen`: see `Clients.review`. */
  readonly accept: (id: string, saying: Saying & { readonly seen?: number | undefined }) => Promise<ClientRecord>
  /** Those that have waited longest, at most `limit` (100). */
  readonly waiting: (limit?: number) => Promise<readonly ClientRecord[]>
}

export function createAppReviews(options: AppReviewsOptions): AppReviews {
  const { database, clients, outbox, baseUrl, clock = Date.now } = options
  const { inUnit } = createClientUnits(options)
  const now = (): number => Math.floor(clock())

  async function put(
    unit: Transaction<Schema>,
    row: ClientRow,
    kind: AppMessage['kind'],
    { by, owner, text }: Saying,
  ): Promise<void> {
    const isReviewer = owner === undefined
    const { actor } = by
    const message = { id: database.newId(), client_id: row.id, kind, actor, body: text, created_at: now() }
    await addMessage(unit, { ...message, isReviewer })
    if (isReviewer) await tell(unit, row, kind)
  }

  /** Whoever answers for it hears by mail that somebody answered. What was written is read here, and not in a mail. */
  async function tell(unit: Transaction<Schema>, row: ClientRow, kind: AppMessage['kind']): Promise<void> {
    if (!outbox.isOpen || row.owner_id === null) return
    const query = unit.selectFrom('users').select('email').where('id', '=', row.owner_id).where('is_active', '=', 1)
    const { email = null } = (await query.executeTakeFirst()) ?? {}
    if (email === null || !(await wantsMail(unit, row.owner_id, 'app_review'))) return
    const [subject, sentence] = told[kind]
    await outbox.add(unit, {
      kind: 'app_review',
      to: email,
      subject,
      parts: [
        sentence,
        { facts: [['Application', row.name]] },
        { link: `${baseUrl}/portal/apps/${encodeURIComponent(row.identifier)}/review/`, text: 'Read what was written' },
      ],
    })
  }

  async function stand(unit: Transaction<Schema>, clientKey: bigint, state: 'waiting' | 'returned'): Promise<void> {
    const row = { client_id: clientKey, state, since: now() }
    const { client_id: _, ...changed } = row
    await unit
      .insertInto('client_reviews')
      .values(row)
      .onConflict((conflict) => conflict.column('client_id').doUpdateSet(changed))
      .execute()
  }

  async function isWaiting(unit: Transaction<Schema>, clientKey: bigint): Promise<boolean> {
    const query = unit.selectFrom('client_reviews').select('state').where('client_id', '=', clientKey)
    return (await query.executeTakeFirst())?.state === 'waiting'
  }

  async function log(unit: Transaction<Schema>, row: ClientRow, event: string, { by }: Saying): Promise<void> {
    await database.audit(unit, { ...by, event, subject: subjectOf(row), detail: { name: row.name } })
  }

  return {
    of: async ({ id, source }) => {
      const found = await database.read
        .selectFrom('clients')
        .leftJoin('client_reviews', 'client_reviews.client_id', 'clients.id')
        .select(['clients.id', 'client_reviews.state', 'client_reviews.since'])
        .where('clients.identifier', '=', id)
        .executeTakeFirst()
      if (found === undefined) throw new RequestRefused('not_found')
      const messages = await messagesOf(database, found.id)
      if (source === 'manual') return { state: 'reviewed', since: null, messages }
      return { state: (found.state ?? 'none') as AppReview['state'], since: found.since, messages }
    },

    states: async (all) => {
      const open = all.filter(({ source }) => source !== 'manual').map(({ id }) => id)
      const rows =
        open.length === 0
          ? []
          : await database.read
              .selectFrom('client_reviews')
              .innerJoin('clients', 'clients.id', 'client_reviews.client_id')
              .select(['clients.identifier', 'client_reviews.state'])
              .where('clients.identifier', 'in', open)
              .execute()
      const asked = new Map(rows.map(({ identifier, state }) => [identifier, state as AppReview['state']]))
      return new Map(all.map(({ id, source }) => [id, source === 'manual' ? 'reviewed' : (asked.get(id) ?? 'none')]))
    },

    ask: async (id, saying) => {
      const text = checkedMessage(saying.text, false)
      await inUnit(id, saying, async (unit, row) => {
        if (row.source !== 'portal') throw new RequestRefused('conflict', 'There is nothing to review.')
        if (await isWaiting(unit, row.id)) throw new RequestRefused('conflict', 'It waits for a review already.')
        await put(unit, row, 'asked', { ...saying, text })
        await stand(unit, row.id, 'waiting')
        await log(unit, row, 'client.review_asked', saying)
      })
    },

    say: async (id, saying) => {
      const text = checkedMessage(saying.text, true)
      await inUnit(id, saying, async (unit, row) => {
        await put(unit, row, 'said', { ...saying, text })
        await log(unit, row, 'client.message_written', saying)
      })
    },

    giveBack: async (id, saying) => {
      const text = checkedMessage(saying.text, true)
      await inUnit(id, saying, async (unit, row) => {
        if (row.source !== 'portal') throw new RequestRefused('conflict', 'There is nothing to review.')
        await put(unit, row, 'returned', { ...saying, text })
        await stand(unit, row.id, 'returned')
        await log(unit, row, 'client.review_returned', saying)
      })
    },

    accept: async (id, { seen, ...saying }) => {
      const text = checkedMessage(saying.text, false)
      return clients.review(id, {
        by: saying.by,
        seen,
        alongside: async (unit, row) => put(unit, row, 'reviewed', { ...saying, text }),
      })
    },

    waiting: async (limit = 100) => {
      const rows = await database.read
        .selectFrom('client_reviews')
        .innerJoin('clients', 'clients.id', 'client_reviews.client_id')
        .selectAll('clients')
        .where('client_reviews.state', '=', 'waiting')
        .where('clients.source', '=', 'portal')
        .orderBy('client_reviews.since')
        .orderBy('client_reviews.client_id')
        .limit(limit)
        .execute()
      return rows.map(clientRecord)
    },
  }
}

const told: Readonly<Record<AppMessage['kind'], readonly [subject: string, sentence: string]>> = {
  asked: ['Your app waits for a review', 'A review of your app was asked for.'],
  said: ['A message about your app', 'Somebody who reviews applications wrote to you.'],
  returned: [
    'Your app has to be changed',
    'Somebody looked at your app, and wants something changed before it is reviewed.',
  ],
  reviewed: [
    'Your app is reviewed',
    'Your app is reviewed: everybody may use it, and nobody is warned of it any more.',
  ],
}
