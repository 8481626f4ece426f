import { browserSession, queryOf } from '../../accounts/browser-session.ts'
import { forPeople } from '../../accounts/page-refusal.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { shownName } from '../../pages/shown-name.ts'
import { ProviderRefused } from '../provider-refused.ts'
import { onward } from './begin.ts'
import type { SocialTools } from './social-tools.ts'

/**
 * The last step of a sign-in that an application asked for: once nothing is due any more, the code is made and the browser goes
 * back there. It does so once, in the browser that began it, for the person who came from the provider.
 */
export function appCodeEndpoint(tools: SocialTools): Endpoint {
  const { sessions, marks, appSignIns, refusal } = tools
  return forPeople(refusal, async (request) => {
    const { found } = await browserSession(request, sessions)
    const session = found === null ? null : { userId: found.principal.id, authenticatedAt: found.auth.authenticatedAt }
    const id = queryOf(request.url, 'id') ?? ''
    const given = session === null ? null : await appSignIns.giveCode(id, marks.of(request), session)
    if (given === null)
      throw new ProviderRefused('This sign-in is over, or took too long. Start it again in the application.')
    const { code, app } = given
    const url = new URL(app.redirectUri)
    url.searchParams.append('code', code)
    if (app.state !== '') url.searchParams.append('state', app.state)
    return onward(tools, shownName(url.host || 'the application'), url.href)
  })
}
