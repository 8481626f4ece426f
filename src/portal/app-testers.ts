import { html } from 'hono/html'
import { type AppTesters, mostTesters, type UnreviewedApps } from '../oauth/app-testers.ts'
import type { Clients } from '../oauth/clients.ts'
import { apiCall } from '../pages/api-call.ts'
import { moment } from '../pages/components.ts'
import { textControl } from '../pages/controls.ts'
import { copyAs } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { table } from '../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { pathSegment } from '../screens/path-segment.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'
import { appFrame } from './app-frame.ts'
import { ownApp } from './own-app.ts'

export interface AppTestersOptions {
  readonly clients: Pick<Clients, 'find'>
  readonly testers: AppTesters
  readonly baseUrl: string
  readonly unreviewedApps: UnreviewedApps
}

/** Who may use one's application before it is reviewed. */
export function appTesters({ clients, testers, baseUrl, unreviewedApps }: AppTestersOptions): Screen {
  async function show(visit: Visit, typed = '', faults: Faults = {}): Promise<View> {
    const client = await ownApp(clients, visit)
    const all = await testers.list(client.id)
    return {
      ...appFrame(client),
      problems: problemsOf(faults, { main: 'email' }),
      content: html`${unreviewedApps === 'everybody' ? html`<p class="note">Here, everybody can use an app that is not reviewed, and is warned of it.</p>` : ''}
        <p>
          Until the app is reviewed, it can be used by you and by these people, once they have confirmed their e-mail
          address here. Nobody is told by mail: send them the address of your app.
        </p>
        ${table({
          id: 'testers',
          caption: 'Test users',
          columns: [{ heading: 'E-mail' }, { heading: 'Since' }, { heading: 'Take out' }],
          empty: 'You alone can use it.',
          rows: all.map(({ email, since }) => [
            html`<bdi>${email}</bdi>`,
            moment(since),
            postForm({
              to: visit.path,
              proof: visit.form,
              action: 'remove',
              fields: { email },
              button: 'Take out',
              kind: 'second',
              isInline: true,
            }),
          ]),
        })}
        ${
          all.length >= mostTesters
            ? html`<p class="note">There are ${mostTesters} of them, and no more can be named.</p>`
            : postForm({
                to: visit.path,
                proof: visit.form,
                action: 'add',
                button: 'Add',
                content: textControl({
                  id: 'email',
                  name: 'email',
                  label: 'E-mail address',
                  type: 'email',
                  required: true,
                  maxLength: 254,
                  value: typed,
                  wrong: faults['email'],
                }),
              })
        }
        ${copyAs({ call: apiCall(baseUrl, 'GET', `/api/account/apps/${pathSegment(client.id)}/testers/`) })}`,
    }
  }

  return {
    path: 'apps/:id/testers/',
    show: async (visit) => show(visit),
    actions: {
      add: {
        run: async (visit) => {
          const { id } = await ownApp(clients, visit)
          const email = visit.text('email')
          try {
            await testers.add(id, email, { by: visit.by, owner: visit.user.id })
          } catch (error) {
            return show(visit, email, faultsOf(error))
          }
          return leave(visit.path, 'The test user is named.')
        },
      },
      remove: {
        run: async (visit) => {
          const { id } = await ownApp(clients, visit)
          await testers.remove(id, visit.text('email'), { by: visit.by, owner: visit.user.id })
          return leave(visit.path, 'The test user is taken out, and has allowed the app nothing any more.')
        },
      },
    },
  }
}
