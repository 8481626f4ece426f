import { z } from 'zod'
import type { OpenForms } from '../accounts/open-forms.ts'
import { described } from '../api/described.ts'
import { passkeySignUpRoutes } from '../factors/passkey-sign-up.ts'
import { createPasskeySignUps } from '../factors/passkey-sign-ups.ts'
import type { Site } from '../pages/layout.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'

/** Whether people may sign up with a passkey: where they may sign up at all, and read mail from here. */
export function canSignUpByPasskey({ settings, mail }: Pick<Instance, 'settings' | 'mail'>): boolean {
  return settings.signUp !== 'off' && mail.outbox.isOpen
}

/** Signing up with a passkey, by page and by JSON. */
export function passkeySignUpRoutesOf(
  instance: Instance,
  common: { readonly forms: OpenForms; readonly site: Site; readonly secure: boolean; readonly clock: () => number },
): readonly Route[] {
  if (!canSignUpByPasskey(instance)) return []
  const { database, byMail, factors, completion } = instance
  const { passkeys, changes } = factors
  const passkeySignUps = createPasskeySignUps({ database, links: byMail.links, passkeys, changes })
  const routes = passkeySignUpRoutes({ ...common, signUps: byMail.signUps, passkeySignUps, completion })
  return routes.map((route) => ({
    ...route,
    methods: { ...route.methods },
    operations: told.filter(({ path }) => path === route.path),
  }))
}

const tag = 'Accounts'
const told = [
  described({
    method: 'POST',
    path: '/accounts/sign-up/passkey/',
    tag,
    summary: 'Make an account with a passkey: mail the link that leads to it',
    body: z.object({
      email: z.email(),
      username: z.string().optional(),
      terms: z.boolean().optional(),
      invitation: z.string().optional(),
    }),
    status: 201,
    answers: z.object({ detail: z.string() }),
    refuses: ['invalid', 'not_found', 'throttled', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/sign-up/passkey/options/',
    tag,
    summary: 'What a browser is asked to make the passkey of a new account',
    body: z.object({ key: z.string() }),
    answers: z.looseObject({ challenge: z.string() }),
    refuses: ['not_found', 'csrf_failed'],
  }),
  described({
    method: 'POST',
    path: '/accounts/sign-up/passkey/confirm/',
    tag,
    summary: 'Make the passkey of a new account by the link of the mail, and sign in',
    body: z.object({ key: z.string(), passkey: z.looseObject({}), name: z.string().optional() }),
    answers: z.looseObject({ recoveryCodes: z.array(z.string()).nullable() }),
    refuses: ['invalid', 'conflict', 'csrf_failed'],
  }),
]
