import { html } from 'hono/html'
import { AuthError } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { badge, facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Cell, table } from '../../pages/table.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { MailState, MailStores, MailTestShown } from './mail-state.ts'

/** How mail is sent, whether it arrives, and what waits or was given up. */
export function mailPage({ mailState, testMail }: MailStores): Screen {
  async function view(visit: Visit, problem?: string): Promise<View> {
    const state = await mailState()
    return {
      title: 'Mail',
      problems: problem === undefined ? [] : [{ message: problem, field: 'test-heading' }],
      content: html`${facts(factsOf(state))} ${testSection(visit, state)}
        ${table({
          id: 'given-up',
          caption: 'Given up lately',
          isCaptionShown: true,
          empty: 'No message was given up.',
          columns: [{ heading: 'When' }, { heading: 'What' }, { heading: 'Why' }],
          rows: state.givenUp.map(({ at, kind, reason }) => [moment(at), kind.replaceAll('_', ' '), reason]),
        })}
        <p class="quiet">
          Whom a message was for is not shown. All of it is in the
          <a href="/admin/audit/?event=mail.not_delivered">audit log</a>.
        </p>`,
    }
  }

  return {
    path: 'mail/',
    menu: { text: 'Mail', group: 'Operation' },
    show: async (visit) => view(visit),
    actions: {
      test: {
        run: async (visit) => {
          const { email } = visit.user
          if (typeof email !== 'string') return view(visit, noAddress)
          try {
            const { server } = await testMail(email, visit.by)
            return leave(visit.path, server === '' ? `The test is in the outbox.` : `A test is on its way to ${email}.`)
          } catch (error) {
            if (!(error instanceof AuthError) || error.code !== 'conflict') throw error
            return view(visit, error.message)
          }
        },
      },
    },
  }
}

const noAddress = 'Your account has no e-mail address that a test could go to. Add one to your profile first.'

function factsOf({ server, from, isOpen, waiting }: MailState): Parameters<typeof facts>[0] {
  return [
    ['Mail server', server ?? nowhere(isOpen)],
    ...(server === null ? [] : ([['From', html`<bdi>${from}</bdi>`]] as const)),
    [
      'Waiting',
      waiting.since === null
        ? 'nothing'
        : html`${waiting.count}${waiting.isMore ? ' or more' : ''}, the oldest since ${moment(waiting.since)}`,
    ],
  ]
}

function nowhere(isOpen: boolean): Markup {
  return html`none is set${isOpen ? ': development mode shows mail instead of sending it' : ', so no mail is sent'}. Set
    <a href="/admin/settings/#smtpUrl"><code>smtpUrl</code></a
    >.`
}

function testSection(visit: Visit, { server, isOpen, isProved, tests }: MailState): Markup {
  const { email } = visit.user
  return html`<section aria-labelledby="test-heading">
    <h2 id="test-heading">Does mail arrive?</h2>
    ${server !== null && isProved ? html`<p>${badge('Tested', 'good')} The mail server took a message from here.</p>` : ''}
    ${
      !isOpen
        ? html`<p>Nothing can be tried out before a mail server is set.</p>`
        : typeof email === 'string'
          ? postForm({
              to: visit.path,
              proof: visit.form,
              action: 'test',
              button: 'Send me a test',
              kind: isProved ? 'second' : 'first',
              content: html`<p>
                It goes to your own address, <strong><bdi>${email}</bdi></strong
                >.${server === null ? html` Without a mail server it is shown in the <a href="/accounts/outbox/">outbox</a>.` : ''}
              </p>`,
            })
          : html`<p>${noAddress} <a href="/account/profile/" id="add-address">Profile</a></p>`
    }
    <div
      id="test-outcomes"
      ${tests.some(({ isWaiting, server: to }) => isWaiting && to !== '') ? html` data-looks-again` : ''}
    >
      ${
        tests.length === 0
          ? ''
          : table({
              id: 'tests',
              caption: 'Tests',
              columns: [{ heading: 'Sent' }, { heading: 'Mail server' }, { heading: 'Status' }, { heading: 'Details' }],
              rows: tests.map(testRow),
            })
      }
    </div>
  </section>`
}

function testRow(test: MailTestShown): readonly Cell[] {
  return [moment(test.askedAt), test.server || html`<span class="quiet">none</span>`, ...outcomeOf(test)]
}

function outcomeOf({ server, deliveredAt, failedAt, reason, isWaiting }: MailTestShown): readonly [Cell, Cell] {
  if (deliveredAt !== null) {
    return [badge('Taken', 'good'), html`The mail server took it ${moment(deliveredAt)}. Look in your mailbox.`]
  }
  if (server === '') return [badge('Shown', 'plain'), 'Development mode showed it in the outbox.']
  const last = failedAt === null ? '' : html`${reason ?? ''} (${moment(failedAt)})`
  if (isWaiting)
    return [
      badge('On its way', 'note'),
      html`${last} Where scripts run, the page looks again by itself; else load it again in a moment.`,
    ]
  return [badge('Not taken', 'bad'), failedAt === null ? 'Nothing here sent it in time.' : last]
}
