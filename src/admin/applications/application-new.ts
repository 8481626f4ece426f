import { html } from 'hono/html'
import { meantUser, nobodyMeant } from '../../accounts/meant-user.ts'
import type { Users } from '../../accounts/users.ts'
import type { Clients } from '../../oauth/clients.ts'
import type { GivenClient } from '../../oauth/client-wire.ts'
import { scopeSentence } from '../../oauth/scope-sentence.ts'
import { hiddenField } from '../../pages/components.ts'
import { choices, select, textControl } from '../../pages/controls.ts'
import { facts } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import { wordsIn } from '../../screens/words-in.ts'
import { answersIn, type ApplicationAnswers, fieldsOf, givenClientOf } from './application-answers.ts'
import { applicationCards } from './application-cards.ts'
import { applicationPath } from './application-frame.ts'
import { applicationSecret } from './application-secret.ts'
import { applicationTypes, grantTypeTexts, shortGrants } from './application-types.ts'
import { scopeChoices } from './scope-choices.ts'

export interface ApplicationNewStores {
  readonly clients: Pick<Clients, 'create'>
  readonly users: Pick<Users, 'findByLogin'>
  /** Throws `RequestRefused` (`invalid`) for what could not be registered, and registers nothing. */
  readonly checkClient: (given: GivenClient) => unknown
  /** The catalogue: names with what people read. */
  readonly scopes: Readonly<Record<string, string>>
  /** Grants that are offered because the settings say so: `password`, `implicit`. */
  readonly legacyGrants: readonly string[]
  /** Where the server is reached, for calls to copy. */
  readonly origin: string
}

/** Registers a client in three steps and a look at it all. The answers stand in the address, so that going back keeps them. */
export function applicationNew(stores: ApplicationNewStores): Screen {
  const { clients, users } = stores

  /** What is wrong with the answers of the second step. */
  async function faultsIn(answers: ApplicationAnswers): Promise<Faults> {
    const owner = await meantUser(users, answers.user)
    const ofUser: Faults = answers.user !== '' && owner === null ? { user: nobodyMeant } : {}
    try {
      stores.checkClient({ ...givenClientOf(answers), scopes: [] })
      return ofUser
    } catch (error) {
      return { ...ofUser, ...faultsOf(error) }
    }
  }

  return {
    path: 'applications/new/',
    isSensitive: true,
    show: async (visit) => {
      const { query, user } = visit
      const answers = answersIn((name) => query.get(name), [...query.keys()], user.name)
      const step = query.get('step') ?? '1'
      if (step === '1' || !query.has('type'))
        return { ...frame('1. Which kind is it?'), content: applicationCards(query) }
      if (step === '2') return details(stores, answers, {})
      const faults = await faultsIn(answers)
      if (Object.keys(faults).length > 0) return details(stores, answers, faults)
      return step === '3' ? scopesPage(stores, answers) : summary(visit, stores, answers, {})
    },
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const { fields, text, by } = visit
          const get = (name: string): string | null => (Object.hasOwn(fields, name) ? text(name) : null)
          const answers = answersIn(get, Object.keys(fields), '')
          const faults = await faultsIn(answers)
          if (Object.keys(faults).length > 0) return details(stores, answers, faults)
          try {
            const owner = (await meantUser(users, answers.user))?.id ?? null
            const { client, secret } = await clients.create(givenClientOf(answers), { by, owner })
            if (secret === null)
              return leave(applicationPath(client.id), 'The application is registered. It has no secret.')
            return applicationSecret({ client, secret, origin: stores.origin, title: 'The application is registered' })
          } catch (error) {
            return summary(visit, stores, answers, faultsOf(error))
          }
        },
      },
    },
  }
}

const place = '/admin/applications/new/'

function frame(title: string): Pick<View, 'title' | 'crumbs'> {
  return {
    title,
    crumbs: [
      { href: '/admin/applications/', text: 'Applications' },
      { href: place, text: 'New application' },
    ],
  }
}

function details({ legacyGrants }: ApplicationNewStores, answers: ApplicationAnswers, faults: Faults): View {
  const { type, name, isConfidential, grantTypes, user, redirectUris, scopes } = answers
  const offered = Object.entries(grantTypeTexts).filter(([grant]) => !isLegacy(grant) || legacyGrants.includes(grant))
  const controls = html`${textControl({
    id: 'name',
    name: 'name',
    label: 'Name',
    required: true,
    maxLength: 100,
    value: name,
    wrong: faults['name'],
    hint: 'People read it when they are asked whether they allow it something.',
  })}
  ${select({
    id: 'client_type',
    name: 'client_type',
    label: 'Client type',
    value: isConfidential ? 'confidential' : 'public',
    wrong: faults['authMethod'],
    choices: [
      { value: 'confidential', text: 'Confidential: it can keep a secret' },
      { value: 'public', text: 'Public: it runs where others can look into it' },
    ],
  })}
  ${choices({
    id: 'grant_types',
    name: 'grant',
    label: 'Grant types',
    values: grantTypes,
    wrong: faults['grantTypes'] ?? faults['responseTypes'],
    choices: offered.map(([value, text]) => ({ value, text })),
  })}
  ${textControl({
    id: 'user',
    name: 'user',
    label: 'User who answers for it',
    maxLength: 254,
    value: user,
    wrong: faults['user'],
    hint: 'Username or verified e-mail. They see it in their portal.',
  })}
  ${textControl({
    id: 'redirect_uris',
    name: 'redirect_uris',
    label: 'Redirect addresses',
    isLong: true,
    maxLength: 8000,
    value: redirectUris,
    wrong: faults['redirectUris'],
    hint: 'Where people are sent back to, one in a line, such as https://app.example/callback. They are compared letter for letter, and a wildcard is refused: whoever gets hold of one host below it would get the answers.',
  })}`
  return {
    ...frame('2. What is it?'),
    problems: problemsOf(faults, {
      grantTypes: 'grant_types',
      responseTypes: 'grant_types',
      redirectUris: 'redirect_uris',
      authMethod: 'client_type',
    }),
    content: stepForm({ type, ...Object.fromEntries(scopes.map((one) => [`scope_${one}`, 'on'])) }, controls, '3', '1'),
  }
}

function scopesPage({ scopes }: ApplicationNewStores, answers: ApplicationAnswers): View {
  const controls = scopeChoices(scopes, answers.scopes)
  return {
    ...frame('3. What may it ask for?'),
    content: stepForm(fieldsOf({ ...answers, scopes: [] }), controls, '4', '2'),
  }
}

/** A step: its answers go along in the address, with those of the other steps. The first button is the one that Enter presses. */
function stepForm(others: Readonly<Record<string, string>>, controls: Markup, next: string, back: string): Markup {
  return html`<form method="get" action="${place}" class="stack" id="step">
    ${Object.entries(others).map(([name, value]) => hiddenField(name, value))} ${controls}
    <div class="buttons">
      <button class="button" type="submit" name="step" value="${next}" id="next">Next</button>
      <button class="button second" type="submit" name="step" value="${back}" id="back" formnovalidate>Back</button>
      <a href="/admin/applications/" id="cancel">Cancel</a>
    </div>
  </form>`
}

function summary(visit: Visit, { scopes }: ApplicationNewStores, answers: ApplicationAnswers, faults: Faults): View {
  const { name, isConfidential, grantTypes, user, redirectUris } = answers
  const type = applicationTypes.find(({ value }) => value === answers.type)
  const back = new URLSearchParams({ ...fieldsOf(answers), step: '3' })
  return {
    ...frame('Is everything right?'),
    problems: problemsOf(faults),
    content: html`${facts([
        ['Name', html`<bdi>${name}</bdi>`],
        ['Kind', type?.text],
        ['Client type', isConfidential ? 'Confidential' : 'Public'],
        ['Grant types', shortGrants(grantTypes)],
        ['User', user],
        ['Redirect addresses', html`${wordsIn(redirectUris).map((uri) => html`<code>${uri}</code><br />`)}`],
        ['Scopes', answers.scopes.map((scope) => `${scope} (${scopeSentence(scopes, scope, 'unknown')})`).join(', ')],
      ])}
      ${postForm({
        to: place,
        proof: visit.onceForm,
        action: 'create',
        button: 'Register the application',
        content: html`${Object.entries(fieldsOf(answers)).map(([field, value]) => hiddenField(field, value))}
          <p>${isConfidential ? 'Its secret is shown on the next page, this once.' : 'It has no secret.'}</p>`,
      })}
      <p><a href="${place}?${back}" id="back">Back</a></p>`,
  }
}

function isLegacy(grant: string): boolean {
  return grant === 'password' || grant === 'implicit'
}
