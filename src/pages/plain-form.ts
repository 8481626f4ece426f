import { html } from 'hono/html'
import { hiddenField, type Problem, problemSummary } from './components.ts'
import { layout, type Markup, type Site } from './layout.ts'

export interface PlainFormPage {
  readonly site?: Site | undefined
  readonly title: string
  /** What stands above the form (nothing). */
  readonly intro?: Markup | ''
  /** Where the form goes, and its id; that of its button is the same with `-submit` behind. */
  readonly action: string
  readonly id: string
  /** The unseen fields: what proves that the form is ours, and what has to survive it. */
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** Its controls (none). */
  readonly content?: Markup | ''
  readonly button: string
  /** What stands below the form, such as other ways on (nothing). */
  readonly below?: Markup | ''
  /** What is to be mended (nothing). */
  readonly problems?: readonly Problem[]
}

/** A page of one form and nothing else. */
export async function plainFormPage(page: PlainFormPage): Promise<string> {
  const { site, title, intro = '', action, id, hidden, content = '', button, below = '', problems = [] } = page
  const body = html`${problemSummary(problems)} ${intro}
    <form method="post" action="${action}" id="${id}">
      ${hidden.map(([name, value]) => hiddenField(name, value))} ${content}
      <button class="button" type="submit" id="${id}-submit">${button}</button>
    </form>
    ${below}`
  return layout({ title, site, content: body, hasProblems: problems.length > 0 })
}
