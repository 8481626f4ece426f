import { html } from 'hono/html'
import { layout, type Markup, type Site } from './layout.ts'

export interface ProviderTestPage {
  readonly site?: Site
  /** Where the provider is shown. */
  readonly back: string
  /** What the provider is called. */
  readonly provider: string
  /** Who came back, as it was understood. */
  readonly identity: {
    readonly issuer: string
    readonly subject: string
    readonly email: string | null
    readonly emailVerified: boolean
    readonly name: string | null
    readonly claims: Readonly<Record<string, unknown>>
  }
  /** What a sign-in would have come to. */
  readonly outcome: TestOutcome
  readonly rules: {
    readonly groups: readonly string[]
    readonly notGroups: readonly string[]
    readonly organisations: readonly string[]
    readonly notOrganisations: readonly string[]
    readonly roles: readonly RoleShown[]
    readonly notRoles: readonly RoleShown[]
    readonly isStaff: boolean | null
  }
}

export type TestOutcome = 'known' | 'clash' | 'linked_by_address' | 'new' | 'closed' | 'not_allowed'

/** Shows somebody who sets a provider up what it says, and what would come of it. Nothing was changed, nobody signed in. */
export async function providerTestPage({
  site,
  back,
  provider,
  identity,
  outcome,
  rules,
}: ProviderTestPage): Promise<string> {
  const { issuer, subject, email, emailVerified, name, claims } = identity
  const content = html`<p role="status" id="test-outcome">${outcomes[outcome]} This was a test: nothing was changed.</p>
    <h2>How it was understood</h2>
    <dl class="small-print" id="test-identity">
      <dt>Issuer</dt>
      <dd>${issuer}</dd>
      <dt>Subject</dt>
      <dd>${subject}</dd>
      <dt>E-mail address</dt>
      <dd>
        ${email === null ? 'none' : `${email}, ${emailVerified ? 'verified' : 'not verified, so it is not used'}`}
      </dd>
      <dt>Name</dt>
      <dd>${name ?? 'none'}</dd>
      ${changes('Groups', rules.groups, rules.notGroups)}
      ${changes('Organisations', rules.organisations, rules.notOrganisations)}
      ${changes('Roles', rules.roles.map(shownRole), rules.notRoles.map(shownRole))}
      <dt>Staff</dt>
      <dd>${rules.isStaff === null ? 'as it is' : rules.isStaff ? 'yes' : 'no'}</dd>
    </dl>
    <h2>What it said</h2>
    <dl class="small-print" id="test-claims">
      ${Object.entries(claims).map(
        ([claim, value]) =>
          html`<dt>${claim}</dt>
            <dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>`,
      )}
    </dl>
    <p class="after"><a href="${back}" id="back">Back to ${provider}</a></p>`
  return layout({ title: `Test of ${provider}`, site, content })
}

interface RoleShown {
  readonly role: string
  readonly organisation: string | null
}

/** What rules would make of somebody: what they get, and what is taken from them should they have it. */
function changes(what: string, got: readonly string[], lost: readonly string[]): Markup {
  return html`<dt>${what}</dt>
    <dd>${got.join(', ') || 'none'}${lost.length === 0 ? '' : `, and not ${lost.join(', ')}`}</dd>`
}

function shownRole({ role, organisation }: RoleShown): string {
  return organisation === null ? role : `${role} in ${organisation}`
}

const outcomes: Readonly<Record<TestOutcome, string>> = {
  known: 'This account is linked with one here, and would be signed in.',
  clash: 'There is an account here with this address: its owner would be asked to prove that it is theirs.',
  linked_by_address:
    'This account would be linked with the one here that has the same verified address, and signed in.',
  new: 'An account would be made here, and signed in.',
  closed: 'There is no account here, and none would be made, since signing up is closed.',
  not_allowed: 'This account would not be let in: none of the conditions of “allow” holds.',
}
