import { html } from 'hono/html'
import { type OptionalMail, optionalMail, type Preferences, type PreferenceValues } from '../accounts/preferences.ts'
import { choices, chosenIn } from '../pages/controls.ts'
import { postForm } from '../pages/forms.ts'
import { timeZoneField } from '../pages/time-zone-field.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../screens/screen.ts'

export interface PreferencesScreenOptions {
  readonly preferences: Pick<Preferences, 'find' | 'change'>
  /** Whether this site sends mail. */
  readonly isMailOpen: boolean
}

/** In which time zone one reads moments, and which mail one wants. */
export function preferencesScreen({ preferences, isMailOpen }: PreferencesScreenOptions): Screen {
  const view = (visit: Visit, { timeZone, unwantedMail }: PreferenceValues, faults: Faults = {}): View => ({
    title: 'Mail and time zone',
    problems: problemsOf(faults),
    content: postForm({
      to: visit.path,
      proof: visit.form,
      action: 'save',
      button: 'Save',
      content: html`${timeZoneField({ value: timeZone, wrong: faults['time_zone'] })}
      ${
        isMailOpen
          ? choices({
              id: 'mail',
              name: 'mail',
              label: 'Mail that you may do without',
              hint: 'What is about the safety of your account always comes: new passwords, addresses, ways to sign in, and who asked for them.',
              choices: optionalMail.map((kind) => ({ value: kind, ...mailInWords[kind] })),
              values: optionalMail.filter((kind) => !unwantedMail.includes(kind)),
            })
          : html`<p class="quiet">This site sends no mail.</p>`
      }`,
    }),
  })

  return {
    path: 'preferences/',
    menu: { text: 'Mail and time zone' },
    show: async (visit) => view(visit, await preferences.find(visit.user.id)),
    actions: {
      save: {
        run: async (visit) => {
          const wanted = chosenIn(visit.fields, 'mail', optionalMail)
          const timeZone = visit.text('time_zone') || null
          const unwantedMail = isMailOpen ? optionalMail.filter((kind) => !wanted.includes(kind)) : undefined
          const changes = { timeZone, ...(unwantedMail === undefined ? {} : { unwantedMail }) }
          try {
            await preferences.change(visit.user.id, changes, visit.by)
          } catch (error) {
            const before = await preferences.find(visit.user.id)
            return view(visit, { ...before, unwantedMail: unwantedMail ?? before.unwantedMail }, faultsOf(error))
          }
          return leave(visit.path, 'Your choices are saved.')
        },
      },
    },
  }
}

const mailInWords: Readonly<Record<OptionalMail, { readonly text: string; readonly hint: string }>> = {
  credential_ending: {
    text: 'What ends soon',
    hint: 'API keys, and secrets and certificates of your applications, before they stop working.',
  },
  app_review: { text: 'Answers to your applications', hint: 'When somebody who runs this site has written to you.' },
}
