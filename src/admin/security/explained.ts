import { html } from 'hono/html'
import type { AuthenticatorStep, Explanation, PermissionStep } from '../../core/explain.ts'
import { badge, facts } from '../../pages/facts.ts'
import type { Markup } from '../../pages/layout.ts'
import { table } from '../../pages/table.ts'
import { pathSegment } from '../../screens/path-segment.ts'

/** Why a request is let in or refused, step by step. */
export function explained({ request, authenticators, throttles, permission, identity, answer }: Explanation): Markup {
  return html`<section aria-labelledby="answer-heading" id="explained">
      <h2 id="answer-heading">${answer.allowed ? 'It is let in' : 'It is refused'}</h2>
      ${facts([
        [
          'Request',
          html`<code>${request.method} ${request.path}</code> from ${request.address ?? 'an unknown address'}`,
        ],
        [
          'Answer',
          html`${badge(String(answer.status), answer.allowed ? 'good' : 'bad')} ${reason(answer.code, answer.detail)}`,
        ],
        ['Who it is', identity === null ? 'nobody' : who(identity)],
      ])}
    </section>
    <section aria-labelledby="chain-heading">
      <h2 id="chain-heading">Authenticators, in the order in which they are asked</h2>
      ${table({
        id: 'authenticators',
        caption: 'What each authenticator answers',
        columns: [{ heading: 'Authenticator' }, { heading: 'Outcome' }, { heading: 'Why' }],
        rows: authenticators.map((step) => [step.name, outcome(step), reason(step.code, step.detail)]),
        empty: 'There are none: nobody can show who they are.',
      })}
    </section>
    <section aria-labelledby="permission-heading">
      <h2 id="permission-heading">Permission</h2>
      ${
        permission === undefined
          ? html`<p>Not asked: nobody got as far.</p>`
          : html`<ul class="tree" id="permission">
              ${tree(permission)}
            </ul>`
      }
    </section>
    <section aria-labelledby="throttles-heading">
      <h2 id="throttles-heading">Throttles</h2>
      ${table({
        id: 'throttles',
        caption: 'What each throttle answers',
        columns: [
          { heading: 'Throttle' },
          { heading: 'Stage' },
          { heading: 'Left', isNumeric: true },
          { heading: 'Wait' },
        ],
        rows: throttles.map(({ name, stage, remaining, wait }) => [
          name,
          stage === 'after' ? 'after authentication' : 'before authentication',
          remaining ?? 'does not apply',
          wait === null ? badge('Lets it in', 'good') : badge(`${wait} s`, 'bad'),
        ]),
        empty: 'No throttle counts requests.',
      })}
    </section>`
}

function outcome({ outcome: how }: AuthenticatorStep): Markup {
  if (how === 'took it') return badge('Took it', 'good')
  if (how === 'refused') return badge('Refused', 'bad')
  return badge(how === 'skipped' ? 'Not its kind' : 'Not asked')
}

function tree({ name, outcome: how, code, detail, parts = [] }: PermissionStep): Markup {
  const word =
    how === 'granted' ? badge('Granted', 'good') : how === 'denied' ? badge('Denied', 'bad') : badge('Not asked')
  return html`<li>
    <code>${name}</code> ${word} ${parts.length === 0 ? reason(code, detail) : ''}
    ${
      parts.length === 0
        ? ''
        : html`<ul>
            ${parts.map(tree)}
          </ul>`
    }
  </li>`
}

function who({ via, principal: { kind, id, name } }: NonNullable<Explanation['identity']>): Markup {
  const place: Readonly<Record<string, string>> = {
    user: 'users',
    service_account: 'service-accounts',
    client: 'applications',
  }
  return html`<a href="/admin/${place[kind] ?? 'users'}/${pathSegment(id)}/"><bdi>${name}</bdi></a>
    (${kind.replace('_', ' ')}), by <code>${via}</code>`
}

function reason(code: string | null | undefined, detail: string | null | undefined): Markup | '' {
  if (code === null || code === undefined) return ''
  return html`<code>${code}</code> ${detail ?? ''}`
}
