import type { Answer, Exchange } from '../../http/exchange.ts'
import { htmlAnswer } from '../../pages/html-answer.ts'
import { onwardPage } from '../../pages/onward.ts'
import type { Provider } from '../provider.ts'
import type { SignInWish } from '../provider-sign-ins.ts'
import { callbackPath, type SocialTools } from './social-tools.ts'

export interface Beginning extends SignInWish {
  /** Who is signed in, where it is for them alone (nobody). */
  readonly userId?: string | null
  /** Who somebody said they are (nobody). */
  readonly loginHint?: string | null
}

/** Begins a sign-in at a provider: where to go, and the `Set-Cookie` value without which nobody can come back. */
export async function begin(
  tools: SocialTools,
  provider: Provider,
  request: Exchange,
  beginning: Beginning,
): Promise<{ readonly location: string; readonly cookie: string }> {
  const { marks, signIns, origin, paths, throttle } = tools
  await throttle(request)
  const { id } = provider.settings
  const { userId = null, loginHint = null, ...wish } = beginning
  const browser = marks.given(request)
  const secrets = await signIns.begin({ browser, provider: id, userId }, wish)
  const redirectUri = origin(request) + callbackPath(paths, id)
  const url = await provider.authorizationUrl({ ...secrets, redirectUri, loginHint, isFresh: wish.isFresh })
  return { location: url.href, cookie: browser.cookie }
}

/** Leads a browser on to another site, by a page that goes there at once. */
export async function onward(
  { site, secure }: Pick<SocialTools, 'site' | 'secure'>,
  to: string,
  location: string,
  cookies: readonly string[] = [],
): Promise<Answer> {
  const headers: [string, string][] = [
    ['refresh', `0; url=${location}`],
    ...cookies.map((cookie): [string, string] => ['set-cookie', cookie]),
  ]
  return htmlAnswer(await onwardPage({ site, to, href: location }), { secure, keepsOpener: true, headers })
}
