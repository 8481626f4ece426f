import { createKeptForms, type KeptForms } from '../screens/kept-form.ts'
import { isSecure } from './addresses.ts'
import type { Instance } from './instance.ts'

/** Where forms wait that were sent once the sign-in of their sender was over: the page to sign in says so. */
export function endedFormsOf({ sealer, clock, settings }: Instance): KeptForms {
  return createKeptForms({ sealer, secure: isSecure(settings), clock, cookieName: 'endedform' })
}
