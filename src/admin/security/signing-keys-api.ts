import { z } from 'zod'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { Keyring } from '../../tokens/keyring.ts'
import type { SigningKeyRecord } from '../../tokens/signing-keys.ts'
import { freshly } from '../../api/operations-asking-for-proof.ts'
import { mayAdminister, mayGovern } from '../may-administer.ts'

/** What signs tokens, for administrators: staff sees it, superusers change it. */
export function signingKeysApi({
  signingKeys,
  clock,
}: {
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
