import { html } from 'hono/html'
import { field, hiddenField, problemSummary } from './components.ts'
import { layout, type Site } from './layout.ts'

export interface DeviceCodePage {
  readonly site?: Site
  /** Where the form goes. */
  readonly action: string
  readonly csrf: { readonly name: string; readonly token: string }
  /** What stands in the field (nothing). */
  readonly userCode?: string
  /** What is wrong with the code: it is left out, or no device waits with it (nothing). */
  readonly problem?: 'missing' | 'unknown' | null
}

/** Stable, as is the name of the field: it is that of RFC 8628, section 3.3.1. */
const codeId = 'id_user_code'

const sentences = {
  missing: 'Enter the code that your device shows.',
  unknown: 'No device is waiting with this code. Check it, or start anew on your device.',
}

/** Asks for the code that a device shows. A code that came with the address is only filled in: it still has to be sent. */
export async function deviceCodePage(page: DeviceCodePage): Promise<string> {
  const { site, action, csrf, userCode = '', problem = null } = page
  const wrong = problem === null ? undefined : sentences[problem]
  const content = html`${problemSummary(wrong === undefined ? [] : [{ message: wrong, field: codeId }])}
    <form method="post" action="${action}" id="device-code">
      ${hiddenField(csrf.name, csrf.token)}
      ${field({
        id: codeId,
        name: 'user_code',
        label: 'Code',
        type: 'text',
        autocomplete: 'off',
        value: userCode,
        maxLength: 64,
        autofocus: true,
        isCode: true,
        wrong,
        hint: 'Eight letters, such as BCDF-GHJK. Neither case nor dash matter.',
      })}
      <button class="button" type="submit" id="device-code-submit">Continue</button>
    </form>`
  return layout({ title: 'Connect a device', site, content, hasProblems: problem !== null })
}
