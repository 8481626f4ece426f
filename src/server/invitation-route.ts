import { createPageRefusal } from '../accounts/page-refusal.ts'
import { sessionCookie } from '../authentication/session-cookie.ts'
import type { Auth } from '../core/auth.ts'
import { AuthError, RequestRefused } from '../core/errors.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { seeOther } from '../http/see-other.ts'
import { invitationPath } from '../organisations/invitation-mail.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import { invitationPage } from '../pages/invitation.ts'
import { isSecure } from './addresses.ts'
import type { Instance } from './instance.ts'
import { pathOf, type Route } from './route.ts'
import { siteOf } from './site.ts'

/**
 * Where the link of an invitation leads. Whoever is signed in goes on to their account, where they accept it; others see who
 * invites them to what, and sign in or make an account first.
 */
export function invitationRoute(instance: Instance, auth: Auth): Route {
  const { settings, sessions, csrf, orgs, byMail, clock } = instance
  const secure = isSecure(settings)
  const site = siteOf(settings)
  const door = auth.with({ authenticators: [sessionCookie({ sessions, csrf, cookie: sessions.cookieName })] })
  const refusal = createPageRefusal({ site, secure, clock })

  async function show(request: Exchange): Promise<Answer> {
    const [token = '', ...more] = pathOf(request.url).slice(invitationPath.length).replace(/\/$/, '').split('/')
    const here = `/account/invitations/${encodeURIComponent(token)}/`
    const invitation = more.length > 0 ? null : await orgs.invitations.read(token)
    if (invitation === null) {
      throw new RequestRefused('not_found', 'There is no such invitation, or a newer one was sent.')
    }
    if ((await door.identify(request)) !== null) return seeOther(here)
    if (invitation.state !== 'waiting') throw new RequestRefused('conflict', over[invitation.state])
    const mayJoin = await byMail.signUps.isOpen(token)
    const page = await invitationPage({
      site,
      organisation: invitation.organisationName,
      inviter: invitation.inviterName,
      becomes: invitation.standing === 'member' ? 'a member' : `an ${invitation.standing}`,
      signIn: `/accounts/login/?${new URLSearchParams({ next: here })}`,
      signUp: mayJoin ? `/accounts/sign-up/?${new URLSearchParams({ invitation: token, next: here })}` : null,
    })
    return htmlAnswer(page, { status: 200, secure })
  }

  return {
    path: invitationPath,
    takesPathsBelow: true,
    methods: {
      GET: async (request) => {
        try {
          return await show(request)
        } catch (error) {
          if (error instanceof AuthError) return refusal(request, error)
          throw error
        }
      },
    },
  }
}

const over = {
  accepted: 'The invitation was used already. Sign in, and find the organisation in your account.',
  cancelled: 'The invitation was cancelled. Ask for a new one.',
  expired: 'The invitation has run out. Ask for a new one.',
} as const
