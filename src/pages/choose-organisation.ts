import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { check, choices } from './controls.ts'
import { layout, type Markup, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

/** An organisation to choose. */
export interface OfferedOrganisation {
  readonly id: string
  readonly name: string
  readonly slug: string
  /** What the person is there, in words. */
  readonly roles: readonly string[]
}

export interface ChooseOrganisationPage {
  readonly site?: Site
  readonly action: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** What the application calls itself. */
  readonly application: string
  /** Who is signed in, and where to go for somebody else. */
  readonly user: string
  readonly otherUser: string
  /** At least two. */
  readonly organisations: readonly OfferedOrganisation[]
  /** The id of the one that is marked to begin with (the first). */
  readonly suggested: string | null
  /** The names of what is sent: the buttons, the organisation, and whether to remember it. */
  readonly decision: string
  readonly field: string
  /** `null`: it is asked each time. */
  readonly remember: { readonly field: string; readonly days: number } | null
}

/** Asks somebody who belongs to several organisations in which of them an application is to act for them. */
export async function chooseOrganisationPage(page: ChooseOrganisationPage): Promise<string> {
  const { site, action, fields, user, otherUser, field, remember, decision } = page
  const name = shownName(page.application)
  const content = html`<p>
      <strong id="application"><bdi>${name}</bdi></strong> works in one organisation at a time. You are signed in as
      <strong id="account"><bdi>${user}</bdi></strong
      >.
      <a href="${otherUser}" id="other-account">Use another account</a>
    </p>
    <form method="post" action="${action}" id="organisation">
      ${fields.map(([key, value]) => hiddenField(key, value))} ${organisationField({ ...page, name: field })}
      ${
        remember === null
          ? html`<p class="quiet">You will be asked again next time.</p>`
          : check({
              id: 'remember-organisation',
              name: remember.field,
              label: 'Remember this for the application',
              hint: `Then you are not asked again for ${remember.days} days, unless you or it want to choose anew.`,
              isChecked: true,
              value: '1',
            })
      }
      <div class="choice">
        <button class="button second" type="submit" name="${decision}" value="deny" id="organisation-deny">
          Cancel
        </button>
        <button class="button" type="submit" name="${decision}" value="chosen" id="organisation-submit">
          Continue
        </button>
      </div>
    </form>`
  return layout({ title: 'Choose an organisation', site, content })
}

/** The organisations, one of which is chosen. */
export function organisationField({
  organisations,
  suggested,
  name,
}: Pick<ChooseOrganisationPage, 'organisations' | 'suggested'> & { readonly name: string }): Markup {
  const marked = organisations.find(({ id }) => id === suggested) ?? organisations[0]
  return choices({
    id: 'organisations',
    name,
    label: 'Organisation',
    isOne: true,
    choices: organisations.map(({ id, slug, roles, ...one }) => ({
      value: id,
      text: shownName(one.name, slug),
      hint: `${slug} · ${roles.join(', ')}`,
    })),
    values: marked === undefined ? [] : [marked.id],
  })
}
