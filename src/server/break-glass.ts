import { z } from 'zod'
import { type BreakGlass, createBreakGlass } from '../accounts/break-glass.ts'
import { createBreakGlassPages } from '../accounts/break-glass-pages.ts'
import { createOpenForms } from '../accounts/open-forms.ts'
import { described } from '../api/described.ts'
import { createGuessingGuard } from '../throttling/guessing.ts'
import { baseUrlOf, isSecure } from './addresses.ts'
import { ownPerAddress } from './guessing-guard.ts'
import type { Instance } from './instance.ts'
import type { Route } from './route.ts'
import { siteOf } from './site.ts'

export function breakGlassOf({ database, mail, settings, clock }: Instance): BreakGlass {
  return createBreakGlass({ database, outbox: mail.outbox, baseUrl: baseUrlOf(settings), clock })
}

/** Where a superuser signs in by a code for emergencies. */
export function breakGlassRoute(instance: Instance): Route {
  const { settings, counters, completion, csrf, clock } = instance
  const secure = isSecure(settings)
  const site = siteOf(settings)
  const path = '/accounts/break-glass/'
  // Nobody can be locked out of an emergency: there is no bucket that strangers elsewhere could empty for the account.
  const guard = createGuessingGuard({
    counters,
    clock,
    perAccount: false,
    perAddress: settings.guessesPerAddress ?? false,
    ownPerAddress: ownPerAddress(instance.ownLimits, clock),
    ...(settings.guessesPerAccountAndAddress === null
      ? {}
      : { perAccountAndAddress: settings.guessesPerAccountAndAddress }),
  })
  const forms = createOpenForms({ csrf, site, secure, clock })
  const pages = createBreakGlassPages({
    breakGlass: breakGlassOf(instance),
    completion,
    guard,
    forms,
    site,
    path,
    clock,
  })
  const operation = described({
    method: 'POST',
    path,
    tag: 'Accounts',
    summary: 'Sign in by a code for emergencies',
    body: z.object({ username: z.string(), code: z.string() }),
    status: 200,
    answers: z.looseObject({ csrfToken: z.string().optional() }),
    refuses: ['authentication_failed', 'too_many_attempts', 'csrf_failed'],
  })
  return { path, methods: { ...pages }, operations: [operation] }
}
