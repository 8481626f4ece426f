import { html } from 'hono/html'
import { RequestRefused } from '../core/errors.ts'
import { moment, type Problem } from '../pages/components.ts'
import { facts } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import { secretOnce } from '../pages/secret-once.ts'
import type { Posted, Screen, View, Visit } from '../screens/screen.ts'
import type { ApiKeys, ApiKeyValues } from '../tokens/api-keys.ts'
import type { Owner } from '../tokens/owner.ts'
import { type KeyFields, keyFieldsIn, keyForm, keyValuesIn } from './key-form.ts'
import { keyPresets } from './key-presets.ts'
import type { ScopeCatalogue } from './key-scopes.ts'
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
  /** What its keys may do at most (all scopes). */
  readonly scopes?: (visit: Visit) => Promise<ScopeCatalogue>
}

/** A new key in two steps: what it may, and once more as it will be; then the key, shown this one time. */
export function newKey(options: NewKeyOptions, place: KeyPlace): Screen {
  const { apiKeys, baseUrl, clock } = options

  async function scopesFor(visit: Visit): Promise<ScopeCatalogue> {
    return place.scopes === undefined ? options.scopes : place.scopes(visit)
  }

  async function form(visit: Visit, fields: KeyFields, faults: Faults = {}): Promise<View> {
    const problems = Object.entries(faults).map(([name, [message = '']]): Problem => ({
      field: controlOf(name),
      message,
    }))
    return {
      title: 'New API key',
      crumbs: [{ href: place.list(visit), text: 'Keys' }],
      problems,
      content: postForm({
        to: visit.path,
        proof: visit.form,
        action: 'review',
        button: 'Look it over',
        content: html`${keyPresets.links(visit.path)} ${keyForm(await scopesFor(visit), fields, faults)}`,
        cancel: place.list(visit),
      }),
    }
  }

  /** Reads the form and has it checked: what is wrong with it, or the values. */
  async function read(visit: Posted): Promise<{ readonly faults: Faults } | ReturnType<typeof keyValuesIn>> {
    const given = keyValuesIn(visit, await scopesFor(visit), clock())
    const owner = await place.owner(visit)
    const faults: Faults = { ...(await faultsOf(async () => apiKeys.check(given.values, owner))), ...given.faults }
    return Object.keys(faults).length > 0 ? { faults } : given
  }

  async function review(visit: Posted): Promise<View> {
    const given = await read(visit)
    const fields = keyFieldsIn(visit)
    if (!('values' in given)) return form(visit, fields, given.faults)
    const scopes = await scopesFor(visit)
    return {
      title: 'Is this right?',
      crumbs: [{ href: place.list(visit), text: 'Keys' }],
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
    const made: Awaited<ReturnType<ApiKeys['create']>>[] = []
    // Somebody else may have made another one meanwhile.
    const faults = await faultsOf(async () => {
      made.push(await apiKeys.create({ owner, mode, by: visit.by, ...values }))
    })
    const [one] = made
    if (one === undefined) return form(visit, keyFieldsIn(visit), faults)
    const { key, record } = one
    return {
      title: 'Your new API key',
      crumbs: [{ href: place.list(visit), text: 'Keys' }],
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

type Faults = Readonly<Record<string, readonly string[]>>

/** What a store says of values, by field. */
export async function faultsOf(check: () => Promise<unknown>): Promise<Faults> {
  try {
    await check()
    return {}
  } catch (error) {
    const isOurs = error instanceof RequestRefused && (error.code === 'invalid' || error.code === 'conflict')
    if (!isOurs) throw error
    return (error.body ?? { name: [error.message] }) as Faults
  }
}

/** The control that a field of the store is typed into. */
function controlOf(name: string): string {
  const ids: Readonly<Record<string, string>> = { allowedAddresses: 'addresses', expiresAt: 'expiry' }
  return `key-${ids[name] ?? name}`
}

function summary(
  { name, scopes, allowedAddresses, rate, expiresAt }: ApiKeyValues,
  mode: string,
  catalogue: ScopeCatalogue,
  now: number,
): ReturnType<typeof facts> {
  return facts([
    ['Name', html`<bdi>${name}</bdi>`],
    ['Environment', mode === 'test' ? 'Test' : 'Live'],
    [
      'It may',
      scopes.length === 0
        ? 'do nothing that asks for a scope'
        : html`<ul class="points">
            ${scopes.map((scope) => html`<li>${catalogue[scope] ?? scope} <span class="quiet">${scope}</span></li>`)}
          </ul>`,
    ],
    ['From', allowedAddresses.length === 0 ? 'anywhere' : allowedAddresses.join(', ')],
    ['At most', rate ?? 'as the API has it'],
    [
      'Expires',
      expiresAt === null
        ? 'never: think of a day, if you can'
        : html`in ${Math.max(1, Math.round((expiresAt - now) / 86_400_000))} days, ${moment(expiresAt)}`,
    ],
  ])
}
