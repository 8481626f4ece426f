import type { Person, Seen } from '../screens/person.contract.ts'
import type { TestDoorward } from '../testing/test-doorward.ts'
import type { User } from '../core/identity.ts'
import { type SoftPasskey, softPasskey, type Wrong } from './soft-passkey.contract.ts'

/** Where a Doorward in development is, as passkeys know it. */
const site = { rpId: 'localhost', origin: 'http://localhost:8000' }

/** Gives a user a passkey. */
export async function addSoftPasskey(doorward: TestDoorward, user: User): Promise<SoftPasskey> {
  const { passkeys, changes } = doorward.instance.factors
  const soft = softPasskey({ ...site, isSynced: true })
  const answer = soft.create(await passkeys.creation(user, 'a session'))
  await changes.addPasskey({ user, binding: 'a session', answer, by: { actor: `user:${user.id}` } })
  return soft
}

/** What the script of a page would do: asks the passkey what the page asks, and sends its form. */
export async function sendPasskey(who: Person, page: Seen, soft: SoftPasskey, wrong: Wrong = {}): Promise<Seen> {
  const id = /<form[^>]*id="([^"]*)"[^>]*data-passkey/.exec(page.text)?.[1] ?? ''
  return who.submit(page, id, { passkey: JSON.stringify(soft.get(passkeyOptionsIn(page), wrong)) })
}

/** What a page asks of a passkey. */
export function passkeyOptionsIn({ text }: Pick<Seen, 'text'>): { readonly challenge: string } {
  const [, options = ''] = /data-options="([^"]*)"/.exec(text) ?? []
  return JSON.parse(options.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as { readonly challenge: string }
}
