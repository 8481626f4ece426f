import { html } from 'hono/html'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { choices, chosenIn, textControl } from '../../pages/controls.ts'
import { badge, emptyState, facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import { checkMay, may } from '../authority.ts'
import { type Entered, organisationCrumbs, organisationFrame, type Place } from './place.ts'

export interface ServiceAccountScreenStores {
  readonly serviceAccounts: ServiceAccounts
  readonly apiKeys: Pick<ApiKeys, 'list' | 'create' | 'revoke'>
  readonly clock: () => number
}

/** The service accounts of an organisation: all of them, a new one, one with its keys, and deleting one. */
export function serviceAccountScreens(place: Place, stores: ServiceAccountScreenStores): readonly Screen[] {
  return [listScreen(place, stores), newScreen(place, stores), oneScreen(place, stores), deleteScreen(place, stores)]
}

function listScreen(place: Place, { serviceAccounts }: ServiceAccountScreenStores): Screen {
  return {
    path: `${place.path}service-accounts/`,
    show: async (visit) => {
      const entered = await place.enter(visit)
      const { organisation, authority } = entered
      checkMay(authority, 'service_accounts.view')
      const all = await serviceAccounts.list({ organisationId: organisation.id })
      const mayAdd = may(authority, 'service_accounts.add')
      return {
        ...organisationFrame(entered),
        content: html`${
          all.length > 0 && mayAdd
            ? html`<div class="toolbar">
                <a class="button small" href="${visit.path}new/" id="new-account">New service account</a>
              </div>`
            : ''
        }
        ${table({
          id: 'service-accounts',
          caption: 'Service accounts',
          columns: [{ heading: 'Name' }, { heading: 'Scopes' }, { heading: 'Status' }, { heading: 'Made' }],
          rows: all.map((account) => [
            html`<a href="${visit.path}${account.id}/"><bdi>${account.name}</bdi></a>`,
            wordsOr(account.scopes),
            statusOf(account),
            moment(account.createdAt),
          ]),
          empty: emptyState({
            what: 'A service account is a program of the organisation. It has keys of its own, which go on when people leave.',
            ...(mayAdd ? { button: { href: `${visit.path}new/`, text: 'New service account' } } : {}),
          }),
        })}`,
      }
    },
  }
}

function newScreen(place: Place, { serviceAccounts }: ServiceAccountScreenStores): Screen {
  async function page(visit: Visit, typed: Typed, faults: Faults = {}): Promise<View> {
    const entered = await place.enter(visit)
    checkMay(entered.authority, 'service_accounts.add')
    const { organisation, base } = entered
    return {
      title: 'New service account',
      crumbs: organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
      problems: problemsOf(faults, { main: 'name' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Make the service account',
        cancel: `${base}service-accounts/`,
        content: html`${textControl({
          id: 'name',
          name: 'name',
          label: 'Name',
          required: true,
          maxLength: 100,
          value: typed.name,
          wrong: faults['name'] ?? faults['main'],
          hint: 'What it does: nightly export.',
        })}
        ${boxes('scopes', 'scope', 'Scopes of its keys, at most', organisation.allowedScopes, typed.scopes, faults)}
        ${boxes('permissions', 'permission', 'Permissions', organisation.allowedPermissions, typed.permissions, faults)}`,
      }),
    }
  }

  return {
    path: `${place.path}service-accounts/new/`,
    show: async (visit) => page(visit, { name: '', scopes: [], permissions: [] }),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const { organisation, authority, base } = await place.enter(visit)
          checkMay(authority, 'service_accounts.add')
          const typed = {
            name: visit.text('name'),
            scopes: chosenIn(visit.fields, 'scope', organisation.allowedScopes),
            permissions: chosenIn(visit.fields, 'permission', organisation.allowedPermissions),
          }
          try {
            const values = { ...typed, organisationId: organisation.id }
            const made = await serviceAccounts.create(values, { by: visit.by, allowedBy: authority.userId })
            return leave(`${base}service-accounts/${made.id}/`, 'The service account is made. Now give it a key.')
          } catch (error) {
            return page(visit, typed, faultsOf(error))
          }
        },
      },
    },
  }
}

interface Typed {
  readonly name: string
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
}

function boxes(
  id: string,
  name: string,
  label: string,
  all: readonly string[],
  values: readonly string[],
  faults: Faults,
): Markup {
  if (all.length === 0) {
    return html`<p class="quiet" id="${id}">
      ${label}: the organisation has none to give. Whoever runs this site can change that.
    </p>`
  }
  return choices({ id, name, label, choices: all.map((value) => ({ value, text: value })), values, wrong: faults[id] })
}

function oneScreen(place: Place, { serviceAccounts, apiKeys, clock }: ServiceAccountScreenStores): Screen {
  async function changing(visit: Visit) {
    const found = await accountOf(visit, place, serviceAccounts)
    checkMay(found.entered.authority, 'service_accounts.change')
    const { organisation, authority } = found.entered
    return {
      ...found,
      action: {
        by: visit.by,
        organisationId: organisation.id,
        asAdministrator: authority.isOperator,
        allowedBy: authority.userId,
      },
    }
  }

  return {
    path: `${place.path}service-accounts/:account/`,
    show: async (visit) => {
      const { entered, account } = await accountOf(visit, place, serviceAccounts)
      const mayChange = may(entered.authority, 'service_accounts.change')
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      const isStopped = entered.organisation.suspendedAt !== null
      return {
        title: account.name,
        crumbs: organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
        content: html`${facts([
            ['Status', statusOf(account)],
            ['Scopes', wordsOr(account.scopes)],
            ['Permissions', wordsOr(account.permissions)],
            ['Made', moment(account.createdAt)],
          ])}
          ${
            mayChange && !isStopped
              ? html`<div class="buttons">
                  ${
                    account.isHeld && !account.isActive && !entered.authority.isOperator
                      ? html`<p class="note" id="held">
                          An administrator of this site switched it off. Ask one to switch it on again.
                        </p>`
                      : postForm({
                          to: visit.path,
                          proof: visit.form,
                          action: account.isActive ? 'disable' : 'enable',
                          button: account.isActive ? 'Switch it off' : 'Switch it on',
                          kind: 'second',
                          isInline: true,
                        })
                  }
                  ${account.isActive ? html`<a class="button small" id="new-key" href="${visit.path}new-key/">New key</a>` : ''}
                </div>`
              : ''
          }
          <h2>Keys</h2>
          ${table({
            id: 'keys',
            caption: 'Keys',
            columns: [
              { heading: 'Name' },
              { heading: 'Key' },
              { heading: 'Scopes' },
              { heading: 'Status' },
              { heading: 'Last used' },
              ...(mayChange ? [{ heading: 'Revoke' }] : []),
            ],
            rows: keys.map((key) => [
              html`<bdi>${key.name}</bdi>`,
              html`<code>${key.masked}</code>`,
              wordsOr(key.scopes),
              keyStatus(key, clock()),
              momentOr(key.lastUsedAt),
              ...(mayChange
                ? [
                    key.revokedAt !== null
                      ? ''
                      : html`<a href="${visit.path}keys/${key.id}/revoke/" id="revoke-${key.id}">Revoke</a>`,
                  ]
                : []),
            ]),
            empty: 'It has no keys yet.',
          })}
          ${
            may(entered.authority, 'service_accounts.delete')
              ? html`<p>
                  <a class="button small danger" id="delete" href="${visit.path}delete/">Delete the service account</a>
                </p>`
              : ''
          }`,
      }
    },
    actions: {
      disable: {
        run: async (visit) => {
          const { account, action } = await changing(visit)
          await serviceAccounts.disable(account.id, action)
          return leave(visit.path, 'It is off. Its keys do not work.')
        },
      },
      enable: {
        run: async (visit) => {
          const { account, action } = await changing(visit)
          await serviceAccounts.enable(account.id, action)
          return leave(visit.path, 'It is on.')
        },
      },
    },
  }
}

function deleteScreen(place: Place, { serviceAccounts, apiKeys }: ServiceAccountScreenStores): Screen {
  async function allowed(visit: Visit) {
    const found = await accountOf(visit, place, serviceAccounts)
    checkMay(found.entered.authority, 'service_accounts.delete')
    return found
  }
  return {
    path: `${place.path}service-accounts/:account/delete/`,
    show: async (visit) => {
      const { entered, account } = await allowed(visit)
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      const live = keys.filter(({ revokedAt }) => revokedAt === null).length
      const up = `${entered.base}service-accounts/${account.id}/`
      return {
        title: `Delete ${account.name}?`,
        crumbs: [
          ...organisationCrumbs(entered, 'service-accounts/', 'Service accounts'),
          { href: up, text: account.name },
        ],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'delete',
          button: 'Delete it',
          what: 'The service account is gone for good, with its keys and tokens.',
          stops: live === 0 ? [] : [`${live} ${live === 1 ? 'key' : 'keys'}`],
          cancel: up,
        }),
      }
    },
    actions: {
      delete: {
        run: async (visit) => {
          const { entered, account } = await allowed(visit)
          await serviceAccounts.delete(account.id, {
            by: visit.by,
            organisationId: entered.organisation.id,
            allowedBy: entered.authority.userId,
          })
          return leave(`${entered.base}service-accounts/`, `${account.name} is deleted.`)
        },
      },
    },
  }
}

/** The service account of a page. Those of other organisations are not there. */
export async function accountOf(
  visit: Visit,
  place: Place,
  serviceAccounts: Pick<ServiceAccounts, 'find'>,
): Promise<{ readonly entered: Entered; readonly account: ServiceAccountRecord }> {
  const entered = await place.enter(visit)
  checkMay(entered.authority, 'service_accounts.view')
  const account = await serviceAccounts.find(visit.params['account'] ?? '')
  if (account === null || account.organisationId !== entered.organisation.id) {
    throw new RequestRefused('not_found', 'There is no such service account. It may have been deleted.')
  }
  return { entered, account }
}

function wordsOr(words: readonly string[]): Markup | string {
  return words.length === 0 ? html`<span class="quiet">none</span>` : words.join(', ')
}

function statusOf({ isActive }: ServiceAccountRecord): Markup {
  return isActive ? badge('On', 'good') : badge('Off', 'bad')
}

function keyStatus({ revokedAt, disabledAt, expiresAt }: ApiKeyRecord, now: number): Markup {
  if (revokedAt !== null) return badge('Revoked', 'bad')
  if (disabledAt !== null) return badge('Off', 'bad')
  if (expiresAt !== null && now >= expiresAt) return badge('Expired', 'bad')
  return html`${badge('Works', 'good')} ${expiresAt === null ? '' : html`until ${moment(expiresAt)}`}`
}
