import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { Keyring } from '../../tokens/keyring.ts'
import type { SigningKeyRecord } from '../../tokens/signing-keys.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { keySetReading, type KeySetReadingStores } from './key-set-reading.ts'
import { mayAdminister, mayGovern } from '../may-administer.ts'

/** What signs tokens, for administrators: staff sees it, superusers change it. */
export function signingKeysApi({
  signingKeys,
  keySetReaders,
  clock,
}: Pick<KeySetReadingStores, 'keySetReaders'> & {
  readonly signingKeys: Keyring
  readonly clock: () => number
}): readonly Operation[] {
  const common = { tag: 'Signing keys' } as const

  return [
    operation({
      ...common,
      permission: mayAdminister,
      method: 'GET',
      path,
      summary: 'List signing keys, newest first',
      answer: json(keys),
      handler: async () => ({ keys: (await signingKeys.list()).map(keyAnswer) }),
    }),
    operation({
      ...common,
      permission: mayAdminister,
      method: 'GET',
      path: `${path}readers/`,
      summary: 'List who has fetched the public keys, the last first',
      description:
        'A hundred at most. Browsers are left out; a cache between is seen in place of who is behind it. name is what a backend calls itself by ?backend= in the address that it fetches: its word, no proof.',
      answer: json(
        z.object({
          published_at: momentOrNull.meta({ description: 'When the newest key that signs or will sign was made.' }),
          readers: z.array(
            z.object({
              name: z.string(),
              network: z.string().meta({ description: 'An IPv4 address, or an IPv6 /64.' }),
              program: z.string().meta({ description: 'The first word of their User-Agent.' }),
              first_read_at: moment,
              last_read_at: moment,
              reads: z.int(),
              has_newest: z
                .boolean()
                .meta({ description: 'Whether they have fetched since every process publishes it.' }),
            }),
          ),
        }),
      ),
      handler: async () => {
        const { publishedAt, readers } = await keySetReading({ signingKeys, keySetReaders })
        return {
          published_at: toMoment(publishedAt),
          readers: readers.map(({ name, network, program, firstAt, lastAt, reads, hasNewest }) => ({
            name,
            network,
            program,
            first_read_at: toMoment(firstAt),
            last_read_at: toMoment(lastAt),
            reads,
            has_newest: hasNewest,
          })),
        }
      },
    }),
    operation({
      ...common,
      permission: freshly(mayGovern, clock),
      method: 'POST',
      path: `${path}rotate/`,
      summary: 'Publish new signing keys',
      description:
        'A new key signs once those who keep the published set have it; with now at once, for a key that is not secret any more. The old one goes on verifying until the last token that it signed is over.',
      body: z.strictObject({ now: z.boolean().default(false) }),
      answer: json(keys, { description: 'The keys that are to sign.' }),
      handler: async ({ body, by }) => ({ keys: (await signingKeys.rotate({ by, now: body.now })).map(keyAnswer) }),
    }),
    operation({
      ...common,
      permission: freshly(mayGovern, clock),
      method: 'POST',
      path: `${path}{kid}/retire/`,
      summary: 'End a signing key now',
      description: 'What it signed is refused from now on. Rotate first: the key that signs cannot be ended.',
      params: { kid: z.string().max(128).meta({ description: 'Its name in the published set.' }) },
      refuses: ['conflict'],
      answer: nothing,
      handler: async (asked) => signingKeys.retire(asked.path.kid, { by: asked.by }).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/signing-keys/'

const signingKey = z
  .object({
    kid: z.string(),
    alg: z.string(),
    generation: z.int(),
    state: z.enum(['next', 'current', 'retiring', 'retired']),
    created_at: moment,
    signs_from: moment,
    signs_until: momentOrNull,
  })
  .meta({ id: 'SigningKey', description: 'A key that tokens are signed with. Its private half is never shown.' })
const keys = z.object({ keys: z.array(signingKey) })

function keyAnswer(record: SigningKeyRecord): z.input<typeof signingKey> {
  return {
    kid: record.kid,
    alg: record.alg,
    generation: record.generation,
    state: record.state,
    created_at: toMoment(record.createdAt),
    signs_from: toMoment(record.signsFrom),
    signs_until: toMoment(record.signsUntil),
  }
}
