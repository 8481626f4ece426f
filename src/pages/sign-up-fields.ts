import { html } from 'hono/html'
import { field, type Problem } from './components.ts'
import type { Markup, Site } from './layout.ts'
import { emailField } from './new-password.ts'
import { type ShownTerms, termsField } from './terms-field.ts'

/** What every page shows on which somebody signs up, whatever they will sign in with. */
export interface SignUpForm {
  readonly site?: Site | undefined
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  readonly email: string
  /** What stands in the field for a username, `null` where none is asked for. */
  readonly username: string | null
  /** What has to be accepted (nothing). */
  readonly terms: ShownTerms | null
  /** Who invites to what, in a sentence (nobody). */
  readonly invited: string | null
  readonly problems: readonly Problem[]
}

/** The fields for who they are and what they accept. `between` is what else they are asked (nothing). */
export function signUpFields(
  { email, username, terms, problems }: Pick<SignUpForm, 'email' | 'username' | 'terms' | 'problems'>,
  between: Markup | '' = '',
): Markup {
  const wrongWith = (id: string): string | undefined => problems.find(({ field: one }) => one === id)?.message
  return html`${emailField(email, problems)}
  ${
    username === null
      ? ''
      : field({
          id: 'id_username',
          name: 'username',
          label: 'Username',
          type: 'text',
          autocomplete: 'username',
          value: username,
          maxLength: 254,
          wrong: wrongWith('id_username'),
        })
  }
  ${between} ${terms === null ? '' : termsField(terms, wrongWith('id_terms'))}`
}

/** Who invites to what, above the fields. */
export function invitedNote(invited: string | null): Markup | '' {
  return invited === null ? '' : html`<p class="note" id="invited">${invited}</p>`
}
