import { X509Certificate } from 'node:crypto'
import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import type { Markup } from '../../pages/layout.ts'
import { badge, codeBlock, emptyState, facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import { table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'
import { entityIdOf } from '../../social/saml/entity-id.ts'
import type { ProviderSettings } from '../../social/provider-settings.ts'
import type { LinkedAccounts } from '../../social/linked-accounts.ts'

export interface SignInProvidersStores {
  readonly social: {
    readonly linked: Pick<LinkedAccounts, 'countsOf'>
    readonly settings: readonly ProviderSettings[]
    /** Where a sign-in begins, and where it comes back to: what has to be registered there. */
    readonly addressesOf: (provider: string) => { readonly start: string; readonly callback: string }
  }
}

const place = '/admin/sign-in-providers/'

/** The other providers that people may sign in with, as the settings have them, and how much they are used. */
export function signInProviders({ social }: SignInProvidersStores): Screen {
  return {
    path: 'sign-in-providers/',
    menu: { text: 'Sign-in providers', group: 'People' },
    show: async () => {
      const counts = await social.linked.countsOf()
      return {
        title: 'Sign-in providers',
        content: html`<p>
            Other places that people sign in with. They are set in the configuration, as <code>signInProviders</code>.
          </p>
          ${table({
            id: 'providers',
            caption: 'Sign-in providers',
            columns: [
              { heading: 'Name' },
              { heading: 'Issuer' },
              { heading: 'Domains' },
              { heading: 'Linked accounts', isNumeric: true },
              { heading: 'Last sign-in' },
            ],
            rows: social.settings.map(({ id, name, issuer, domains }) => [
              html`<a href="${place}${id}/">${name}</a>`,
              issuer,
              domains.join(', ') || html`<span class="quiet">none</span>`,
              counts.get(id)?.count ?? 0,
              momentOr(counts.get(id)?.lastUsedAt ?? null),
            ]),
            empty: emptyState({
              what: 'With Google, Microsoft, GitHub, GitLab, Apple or your own provider of OpenID Connect or SAML, people need no password here.',
            }),
          })}`,
      }
    },
  }
}

/** One of them: what it may, what its claims make of people, and a test of it. */
export function signInProvider({ social }: SignInProvidersStores): Screen {
  return {
    path: 'sign-in-providers/:id/',
    show: async (visit) => {
      const settings = social.settings.find(({ id }) => id === visit.params['id'])
      if (settings === undefined) throw new RequestRefused('not_found')
      const { id, name, rules } = settings
      const { start, callback } = social.addressesOf(id)
      const used = (await social.linked.countsOf()).get(id)
      return {
        title: name,
        crumbs: [{ href: place, text: 'Sign-in providers' }],
        content: html`${facts([
            ['Id', id],
            ['Kind', settings.preset],
            ['Issuer', settings.issuer],
            ...protocolFacts(settings),
            ['Domains', settings.domains.join(', ')],
            ['Linked accounts', used?.count ?? 0],
            ['Last sign-in', momentOr(used?.lastUsedAt ?? null)],
            ['Makes accounts', accounts(settings.createAccounts)],
            ['Let in', settings.allow.map(({ claim, value }) => `${claim} = ${value}`).join(' or ') || 'everybody'],
            ['Links by address alone', risky(settings.linkByEmail)],
            ['Addresses count as verified', risky(settings.emailsAreVerified)],
            ['Second factor counts', risky(settings.trustSecondFactor)],
            ['Tokens are kept', settings.storeTokens ? 'yes, sealed' : 'no'],
            ['Signing out leads there', settings.signOut ? 'yes' : 'no'],
          ])}
          <section>
            <h2>Test it</h2>
            <p>
              You sign in there, and are shown what it says of you and what would come of it here. Nothing is changed,
              and you stay who you are.
            </p>
            ${postForm({ to: start, proof: visit.form, action: 'test', fields: { purpose: 'test' }, button: `Test ${name}` })}
          </section>
          <h2>Rules</h2>
          ${table({
            id: 'rules',
            caption: 'What claims make of people',
            columns: [
              { heading: 'Claim' },
              { heading: 'Value' },
              { heading: 'Groups' },
              { heading: 'Organisation' },
              { heading: 'Roles' },
              { heading: 'Staff' },
            ],
            rows: rules.map(({ claim, value, groups, organisation, roles, staff }) => [
              claim,
              value,
              groups.join(', '),
              organisation ?? '',
              roles.join(', '),
              staff ? 'yes' : '',
            ]),
            empty: 'Its claims make nothing of people here: no rule is set.',
          })}
          ${settings.saml === null ? codeBlock('callback', 'Redirect address to register there', callback) : samlAddresses(callback)}`,
      }
    },
  }
}

function protocolFacts({ saml, clientId, scopes }: ProviderSettings): Parameters<typeof facts>[0] {
  if (saml === null) {
    return [
      ['Client id', html`<code>${clientId}</code>`],
      ['Scopes', scopes.join(' ')],
    ]
  }
  const named = Object.entries(saml.attributes).filter(([, attribute]) => attribute !== null)
  return [
    ['Requests go to', saml.entryPoint],
    ['Requests are signed', saml.signing === null ? 'no' : 'yes'],
    ['Certificates', html`${saml.certificates.map((pem) => html`<div>${shownCertificate(pem)}</div>`)}`],
    ['Asks for the NameID', saml.nameIdFormat ?? 'as the provider has it'],
    ['Attributes', named.map(([what, attribute]) => `${what} is ${attribute}`).join(', ') || 'by their usual names'],
  ]
}

/** Until when it is good, with what the provider shows of it for comparison. */
function shownCertificate(pem: string): Markup {
  const { fingerprint256, validToDate } = new X509Certificate(pem)
  return html`until ${momentOr(validToDate.getTime())}, SHA-256 <code class="long">${fingerprint256}</code>`
}

/** What is to be told there, for those that do not read the metadata. */
function samlAddresses(callback: string): Markup {
  const metadata = entityIdOf(callback)
  return html`${codeBlock('metadata', 'Metadata to register there, which is the entity id (audience) too', metadata)}
  ${codeBlock('callback', 'Where responses come to (ACS, reply URL), by HTTP-POST', callback)}`
}

function accounts(createAccounts: boolean | null): string {
  if (createAccounts === null) return 'where signing up is open'
  return createAccounts ? 'yes' : 'no'
}

/** What is looser than it begins with is marked. */
function risky(isOn: boolean): ReturnType<typeof badge> | string {
  return isOn ? badge('yes', 'note') : 'no'
}
