import { html } from 'hono/html'
import { scopeSentence } from '../oauth/scope-sentence.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { duration, moment } from '../pages/components.ts'
import { facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { secretOnce } from '../pages/secret-once.ts'
import { type Faults, faultsOf, problemsOf } from '../screens/faults.ts'
import type { Posted, Screen, View, Visit } from '../screens/screen.ts'
import type { ApiKeys, ApiKeyValues } from '../tokens/api-keys.ts'
import type { Owner } from '../tokens/owner.ts'
import { keyControls, type KeyFields, keyFieldsIn, keyForm, keyValuesIn } from './key-form.ts'
import { keyPresets } from './key-presets.ts'
import { testCallForm } from './test-call.ts'

export interface NewKeyOptions {
  readonly apiKeys: Pick<ApiKeys, 'create' | 'check'>
  readonly scopes: ScopeCatalogue
  /** The address of the API, for examples. */
  readonly baseUrl: string
  readonly clock: () => number
}

/** Where a key is made, whose it becomes, and where the list is. */
export interface KeyPlace {
  readonly path: string
  readonly owner: (visit: Visit) => Promise<Owner>
  readonly list: (visit: Visit) => string
  /** What the page of the list is called (My API keys). */
  readonly listName?: string
  /** What its keys may do at most (all scopes). */
  readonly scopes?: (visit: Visit) => Promise<ScopeCatalogue>
  /** How many seconds its keys live at most; `null`: any number (any number). */
  readonly longest?: (visit: Visit) => Promise<number | null>
}

/** A new key in two steps: what it may, and once more as it will be; then the key, shown this one time. */
export function newKey(options: NewKeyOptions, place: KeyPlace): Screen {
  const { apiKeys, baseUrl, clock } = options

  async function scopesFor(visit: Visit): Promise<ScopeCatalogue> {
    return place.scopes === undefined ? options.scopes : place.scopes(visit)
  }

  async function longestFor(visit: Visit): Promise<number | null> {
    return (await place.longest?.(visit)) ?? null
  }

  async function form(visit: Visit, fields: KeyFields, faults: Faults = {}): Promise<View> {
    return {
      title: 'New API key',
      crumbs: [{ href: place.list(visit), text: place.listName ?? 'My API keys' }],
      problems: problemsOf(faults, keyControls),
      content: postForm({
        to: visit.path,
        proof: visit.form,
        action: 'review',
        button: 'Look it over',
        content: html`${keyPresets.links(visit.path)}
        ${keyForm(await scopesFor(visit), fields, faults, await longestFor(visit))}`,
        cancel: place.list(visit),
      }),
    }
  }

  /** Reads the form and has it checked: what is wrong with it, or the values. */
  async function read(visit: Posted): Promise<{ readonly faults: Faults } | ReturnType<typeof keyValuesIn>> {
    const given = keyValuesIn(visit, await scopesFor(visit), clock(), await longestFor(visit))
    const owner = await place.owner(visit)
    try {
      await apiKeys.check(given.values, owner)
    } catch (error) {
      return { faults: { ...faultsOf(error), ...given.faults } }
    }
    return Object.keys(given.faults).length > 0 ? { faults: given.faults } : given
  }

  async function review(visit: Posted): Promise<View> {
    const given = await read(visit)
    const fields = keyFieldsIn(visit)
    if (!('values' in given)) return form(visit, fields, given.faults)
    const scopes = await scopesFor(visit)
    return {
      title: 'Is this right?',
      crumbs: [{ href: place.list(visit), text: place.listName ?? 'My API keys' }],
      content: html`${summary(given.values, given.mode, scopes, clock())}
        <div class="buttons">
          ${postForm({ to: visit.path, proof: visit.onceForm, action: 'create', button: 'Make the key', fields, isInline: true })}
          ${postForm({ to: visit.path, proof: visit.form, action: 'change', button: 'Change something', kind: 'second', fields, isInline: true })}
        </div>`,
    }
  }

  async function create(visit: Posted): Promise<View> {
    const given = await read(visit)
    if (!('values' in given)) return form(visit, keyFieldsIn(visit), given.faults)
    const { values, mode } = given
    const owner = await place.owner(visit)
    try {
      return madeKey(visit, await apiKeys.create({ owner, mode, by: visit.by, ...values }))
    } catch (error) {
      // Another one may have been made meanwhile.
      return form(visit, keyFieldsIn(visit), faultsOf(error))
    }
  }

  function madeKey(visit: Posted, { key, record }: Awaited<ReturnType<ApiKeys['create']>>): View {
    return {
      title: 'Your new API key',
      crumbs: [{ href: place.list(visit), text: place.listName ?? 'My API keys' }],
      content: secretOnce({
        what: 'API key',
        secret: key,
        variable: 'DOORWARD_KEY',
        curl: `curl ${baseUrl}/api/whoami/ -H "X-Api-Key: $DOORWARD_KEY"`,
        test: testCallForm(visit, key),
        onward: { href: `/portal/keys/${record.id}/`, text: 'Go to the key' },
      }),
    }
  }

  return {
    path: place.path,
    isSensitive: true,
    show: async (visit) => {
      await place.owner(visit)
      return form(visit, keyPresets.fields(visit.query.get('preset'), await scopesFor(visit)))
    },
    actions: {
      review: { run: review },
      change: { run: async (visit) => form(visit, keyFieldsIn(visit)) },
      create: { isOnce: true, run: create },
    },
  }
}

function summary(
  { name, purpose, scopes, allowedAddresses, rate, expiresAt }: ApiKeyValues,
  mode: string,
  catalogue: ScopeCatalogue,
  now: number,
): ReturnType<typeof facts> {
  return facts([
    ['Name', html`<bdi>${name}</bdi>`],
    ['What for', purpose === '' ? html`<span class="quiet">nothing is said</span>` : html`<bdi>${purpose}</bdi>`],
    ['Environment', mode === 'test' ? 'Test' : 'Live'],
    [
      'It may',
      scopes.length === 0
        ? 'do nothing that asks for a scope'
        : html`<ul class="points">
            ${scopes.map((scope) => html`<li>${scopeSentence(catalogue, scope)} <span class="quiet">${scope}</span></li>`)}
          </ul>`,
    ],
    ['From', allowedAddresses.length === 0 ? 'anywhere' : allowedAddresses.join(', ')],
    ['At most', rate === null ? 'as the API has it' : `${rate}, within the limits of the API`],
    [
      'Expires',
      expiresAt === null
        ? 'never: think of a day, if you can'
        : html`in ${duration((expiresAt - now) / 1000)}, ${moment(expiresAt)}`,
    ],
  ])
}
