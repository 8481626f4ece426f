import { html } from 'hono/html'
import { hiddenField } from './components.ts'
import { layout, type Site } from './layout.ts'
import { shownName } from './shown-name.ts'

export interface FormPostPage {
  readonly site?: Site
  /** Where the form goes: a redirect URI that is registered. */
  readonly action: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** What the application is called. */
  readonly name: string
}

/**
 * Carries an answer to an application as a form (OAuth 2.0 Form Post Response Mode). Where scripts run it sends itself;
 * without, there is a button.
 */
export async function formPostPage({ site, action, fields, name }: FormPostPage): Promise<string> {
  const content = html`<p>You are on the way back to <strong>${shownName(name)}</strong>.</p>
    <form method="post" action="${action}" id="form-post" data-submits>
      ${fields.map(([field, value]) => hiddenField(field, value))}
      <button class="button" type="submit" id="form-post-submit">Continue</button>
    </form>`
  return layout({ title: 'One moment', site, content })
}
