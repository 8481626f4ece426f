import { html } from 'hono/html'
import { textControl } from '../../pages/controls.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import type { Screen, View, Visit } from '../../screens/screen.ts'
import type { DescribeToken } from './described-token.ts'
import type { Names } from '../names.ts'
import { tokenFacts } from './token-facts.ts'

/** Tells what a token is that somebody pasted. It is compared by its digest and forgotten: the page does not show it again. */
export function tokenLookUp({
  describeToken,
  names,
}: {
  readonly describeToken: DescribeToken
  readonly names: Names
}): Screen {
  return {
    path: 'tokens/look-up/',
    show: async (visit) => page(visit, ''),
    actions: {
      'look-up': {
        run: async (visit) => {
          const token = visit.text('token')
          if (token === '') {
            return { ...page(visit, ''), problems: [{ field: 'token', message: 'Paste a token first.' }] }
          }
          const result = html`<section aria-labelledby="found-heading" id="found">
            <h2 id="found-heading">What it is</h2>
            ${await tokenFacts(await describeToken(token), names)}
          </section>`
          return page(visit, result)
        },
      },
    },
  }
}

function page(visit: Visit, result: Markup | ''): View {
  return {
    title: 'Look a token up',
    crumbs: [{ href: '/admin/grants/', text: 'Tokens and grants' }],
    content: html`${result}
    ${postForm({
      to: visit.path,
      proof: visit.form,
      action: 'look-up',
      button: 'Look it up',
      content: textControl({
        id: 'token',
        name: 'token',
        label: 'Token, key or secret',
        type: 'password',
        required: true,
        maxLength: 16_000,
        hint: 'Of any kind. It is compared by its fingerprint, and neither stored nor logged nor shown.',
      }),
    })}`,
  }
}
