import { html } from 'hono/html'
import { authenticatorCode, authenticatorSecret } from './authenticator-setup.ts'
import { hiddenField, problemSummary } from './components.ts'
import { textControl } from './controls.ts'
import { layout, type Site } from './layout.ts'
import { passkeyForm } from './passkey-form.ts'
import { type StepProgress, stepProgress } from './step-progress.ts'
import { recoveryCodes } from './recovery-codes.ts'
import { timeLeft } from './time-left.ts'

interface AddPage {
  readonly site?: Site
  /** Where the forms go. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** Until when there is time, in milliseconds since 1970. */
  readonly until: number
  /** Now, in the same. */
  readonly now: number
  readonly problem?: string | null
  /** Which of how many steps this is (the only one). */
  readonly progress?: StepProgress
}

export interface AddFactorPage extends AddPage {
  readonly passkey: { readonly options: object; readonly renews: string }
}

/** The page for whoever has to have a second factor and has none: they choose which. */
export async function addFactorPage({
  site,
  action,
  csrf,
  until,
  now,
  problem = null,
  passkey,
  progress = { number: 1, of: 1 },
}: AddFactorPage): Promise<string> {
  const problems = problem === null ? [] : [{ message: problem, field: 'begin' }]
  const proof = hiddenField(csrf.name, csrf.token)
  const content = html`${problemSummary(problems)} ${stepProgress(progress)}
    <p>
      Your account needs a second factor, so that nobody gets in with your password alone. Add one now; it takes a
      minute.
    </p>
    <h2>An app that shows codes</h2>
    <form method="post" action="${action}" id="add-app">
      ${proof} ${hiddenField('action', 'begin')}
      <button class="button" type="submit" id="begin">Add an authenticator app</button>
    </form>
    <h2>Or a passkey</h2>
    ${passkeyForm({
      id: 'create-passkey',
      action,
      proof: html`${proof} ${hiddenField('action', 'passkey')}`,
      does: 'create',
      ...passkey,
      button: 'Make a passkey',
      otherwise: 'Add an app.',
      isFirst: false,
      content: textControl({
        id: 'name',
        name: 'name',
        label: 'Name of the passkey',
        maxLength: 60,
        hint: 'Such as “My phone”.',
      }),
    })}
    ${timeLeft({ until, now })}`
  return layout({ title: 'Add a second factor', site, content, hasProblems: problems.length > 0 })
}

export interface AddAppPage extends AddPage {
  /** What the app is told, shown this one time; `null` where it was shown before. */
  readonly app: { readonly uri: string; readonly secret: string } | null
  /** Where to begin anew. */
  readonly again: string
}

/** The page that tells the app its secret and asks for its first code. */
export async function addAppPage({
  site,
  action,
  csrf,
  until,
  now,
  problem = null,
  app,
  again,
  progress = { number: 1, of: 1 },
}: AddAppPage): Promise<string> {
  const problems = problem === null ? [] : [{ message: problem, field: 'id_code' }]
  const content = html`${problemSummary(problems)} ${stepProgress(progress)}
    ${app === null ? '' : authenticatorSecret(app)}
    <form method="post" action="${action}" id="confirm">
      ${hiddenField(csrf.name, csrf.token)} ${hiddenField('action', 'confirm')}
      ${authenticatorCode(problem ?? undefined)}
      <button class="button" type="submit" id="confirm-submit">Add it</button>
    </form>
    <p class="after"><a href="${again}" id="another-way">Begin again, or choose another way</a></p>
    ${timeLeft({ until, now })}`
  return layout({ title: 'Add your app', site, content, hasProblems: problems.length > 0 })
}

/** What comes with the first factor. */
export async function factorAddedPage({
  site,
  codes,
  name,
  onward,
}: {
  readonly site?: Site
  readonly codes: readonly string[]
  readonly name: string
  readonly onward: string
}): Promise<string> {
  const content = recoveryCodes({
    codes,
    name,
    siteName: site?.siteName ?? 'Doorward',
    onward: { href: onward, text: 'Continue' },
  })
  return layout({ title: 'Your second factor is added', site, content })
}
