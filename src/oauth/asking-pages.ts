import { withFields } from '../accounts/browser-session.ts'
import type { SessionAuth } from '../accounts/sessions.ts'
import type { Found } from '../core/authenticator.ts'
import { PermissionDenied } from '../core/errors.ts'
import type { Membership, User } from '../core/identity.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { chooseOrganisationPage } from '../pages/choose-organisation.ts'
import { htmlAnswer } from '../pages/html-answer.ts'
import type { Site } from '../pages/layout.ts'
import type { AuthorizationRequest } from './checks/authorization-request.ts'
import type { ConsentForms } from './consent-forms.ts'
import type { ConsentNeeds } from './consent-needs.ts'
import { formTargets } from './form-targets.ts'
import { OAuthError } from './oauth-error.ts'
import type { OrganisationChoices } from './organisation-choices.ts'
import type { OrganisationNeeds } from './organisation-needs.ts'
import {
  choiceField,
  consentField,
  decisionField,
  markField,
  organisationField,
  rememberField,
  type SentRequest,
} from './sent-request.ts'

export interface AskingPagesOptions {
  readonly consentNeeds: Pick<ConsentNeeds, 'page'>
  readonly consentForms: ConsentForms
  readonly organisationNeeds: Pick<OrganisationNeeds, 'isRemembered' | 'isTheirs' | 'suggested'>
  readonly organisationChoices: Pick<OrganisationChoices, 'named'>
  readonly csrf: Csrf
  readonly site?: Site
  readonly secure?: boolean
  /** Where the forms go. */
  readonly path: string
  /** Seconds for which answers are remembered (90 days). */
  readonly grantLifetime?: number
}

/** What somebody is asked about. */
export interface Asked {
  readonly sent: SentRequest
  readonly request: AuthorizationRequest
  readonly signedIn: Found<User, SessionAuth>
  /** Whether the organisation is to be remembered; `null`: nobody chose one. */
  readonly remembers: boolean | null
  /** Where to go to sign in as somebody else. */
  readonly otherUser: () => string
}

/** The pages between sign-in and the answer to a client. Their forms are good in one session, for what was shown. */
export interface AskingPages {
  /** Asks whether the client may; in this organisation alone, where there is one. */
  readonly consent: (asked: Asked, organisation: Membership | null) => Promise<Answer>
  /** Asks in which organisation. */
  readonly organisation: (asked: Asked) => Promise<Answer>
  /** Throws where a form is not the one that this person was shown in this session, for this very request (RFC 6749, section 10.12). */
  readonly check: (exchange: Exchange, sent: SentRequest, session: SessionAuth) => Promise<void>
}

export function createAskingPages(options: AskingPagesOptions): AskingPages {
  const { consentNeeds, consentForms, organisationNeeds, organisationChoices, csrf, path } = options
  const { site = {}, secure = true, grantLifetime = 7_776_000 } = options

  /** What every form carries: the request, and what proves that the form is ours. */
  function fieldsOf({ sent, signedIn: { auth } }: Asked, token: string, organisation: string | null) {
    const mark = sent.fields[markField]
    return [
      ...sent.entries,
      ...(mark === undefined ? [] : [[markField, mark] as const]),
      [csrf.fieldName, token] as const,
      [consentField, consentForms.tokenFor(auth.id, shown(sent, organisation))] as const,
    ]
  }

  function answer(body: string, token: string, formAction: readonly string[]): Answer {
    const headers = [['set-cookie', csrf.cookie(token)] as const]
    return htmlAnswer(body, { secure, keepsOpener: true, formAction, headers })
  }

  return {
    consent: async (asked, organisation) => {
      const { request, signedIn, remembers, otherUser } = asked
      if (request.prompts.includes('none')) {
        throw new OAuthError('consent_required', 'The person has to be asked.')
      }
      const { principal, auth } = signedIn
      const token = csrf.tokenFor(auth.id)
      const [named] = organisation === null ? [] : await organisationChoices.named([organisation])
      const page = await consentNeeds.page(request, principal, {
        site,
        action: path,
        decision: decisionField,
        fields: [
          ...fieldsOf(asked, token, organisation?.id ?? null),
          ...(organisation === null ? [] : [[organisationField, organisation.id] as const]),
          ...(remembers === null ? [] : [[rememberField, remembers ? '1' : '0'] as const]),
        ],
        user: principal.name,
        otherUser: otherUser(),
        ...(named === undefined
          ? {}
          : {
              organisation: {
                ...named,
                roles: [...named.roles],
                isChangeable: organisationNeeds.isTheirs(request, principal),
              },
            }),
      })
      return answer(page.body, token, page.formAction)
    },

    organisation: async (asked) => {
      const { request, signedIn, otherUser } = asked
      const { principal, auth } = signedIn
      const token = csrf.tokenFor(auth.id)
      const [named, suggested] = await Promise.all([
        organisationChoices.named(principal.organisations ?? []),
        organisationNeeds.suggested(request.client, principal),
      ])
      const days = Math.floor(grantLifetime / 86_400)
      const body = await chooseOrganisationPage({
        site,
        action: path,
        fields: fieldsOf(asked, token, null),
        application: request.client.name,
        user: principal.name,
        otherUser: otherUser(),
        organisations: named.map((one) => ({ ...one, roles: [...one.roles] })),
        suggested,
        decision: decisionField,
        field: choiceField,
        remember: organisationNeeds.isRemembered(request) ? { field: rememberField, days } : null,
      })
      return answer(body, token, formTargets(request.client))
    },

    check: async (exchange, sent, session) => {
      await csrf.check(withFields(exchange, sent.fields), session.id)
      const what = shown(sent, sent.fields[organisationField] ?? null)
      if (!consentForms.isGood(sent.fields[consentField] ?? '', session.id, what)) {
        throw new PermissionDenied('csrf_failed', 'The form is not the one that was shown for this request.')
      }
    },
  }
}

/** What stood on the page: the request, and the organisation that it said. A query holds no line break. */
function shown({ text }: SentRequest, organisation: string | null): string {
  return organisation === null ? text : `${text}\norganisation ${organisation}`
}
