import { html } from 'hono/html'
import type { Permission } from '../core/permission.ts'
import { moment, type Problem } from '../pages/components.ts'
import { choices, chosenIn, textControl } from '../pages/controls.ts'
import { badge, emptyState, facts } from '../pages/facts.ts'
import { confirmation, postForm } from '../pages/forms.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import { leave, type Posted, type Screen, type View, type Visit } from '../screens/screen.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ServiceAccounts } from '../tokens/service-accounts.ts'
import { groupedScopes, type ScopeCatalogue } from './key-scopes.ts'
import { keyTable } from './keys.ts'
import { faultsOf } from './new-key.ts'
import type { OwnKeys } from './own-keys.ts'
import { checkMaySwitchOn } from './switch-on.ts'

export interface ServiceAccountScreensOptions {
  readonly serviceAccounts: ServiceAccounts
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly ownKeys: OwnKeys
  readonly scopes: ScopeCatalogue
  /** Who may make one: it acts under its own name, and nobody is asked about its scopes. */
  readonly mayCreate: Permission
  readonly isAllowed: (visit: Visit) => Promise<boolean>
  readonly clock: () => number
}

/** The service accounts that a person answers for, with their keys. */
export function serviceAccountScreens(options: ServiceAccountScreensOptions): readonly Screen[] {
  return [list(options), create(options), one(options), remove(options)]
}

const path = 'service-accounts/'

function list({ serviceAccounts, isAllowed }: ServiceAccountScreensOptions): Screen {
  return {
    path,
    menu: { text: 'Service accounts' },
    show: async (visit) => {
      const [all, may] = await Promise.all([serviceAccounts.list({ ownerId: visit.user.id }), isAllowed(visit)])
      const what =
        'A service account is a program under its own name: it goes on when you leave. A key of your own is better for what only you use.'
      return {
        title: 'Service accounts',
        content: html`${
          all.length > 0 && may
            ? html`<div class="toolbar">
                <p class="quiet">You answer for these. Each has keys of its own.</p>
                <a class="button small" href="${visit.path}new/" id="new-account">New service account</a>
              </div>`
            : ''
        }
        ${table({
          id: 'service-accounts',
          caption: 'Service accounts',
          empty: may
            ? emptyState({ what, button: { href: `${visit.path}new/`, text: 'New service account' } })
            : emptyState({
                what: `${what} To make one you need the permission service_accounts.add; ask whoever runs this site.`,
              }),
          columns: [{ heading: 'Name' }, { heading: 'May' }, { heading: 'State' }, { heading: 'Made' }],
          rows: all.map((account) => [
            html`<a href="${visit.path}${account.id}/"><bdi>${account.name}</bdi></a>`,
            account.scopes.length === 0 ? 'nothing that asks for a scope' : account.scopes.join(', '),
            stateOf(account.isActive),
            moment(account.createdAt),
          ]),
        })}`,
      }
    },
  }
}

function create({ serviceAccounts, scopes, mayCreate }: ServiceAccountScreensOptions): Screen {
  const form = (visit: Visit, name = '', chosen: readonly string[] = [], problems: readonly Problem[] = []): View => ({
    title: 'New service account',
    crumbs: [{ href: `/portal/${path}`, text: 'Service accounts' }],
    problems,
    content: postForm({
      to: visit.path,
      proof: visit.onceForm,
      action: 'create',
      button: 'Make it',
      cancel: `/portal/${path}`,
      content: html`${textControl({
        id: 'account-name',
        name: 'name',
        label: 'Name',
        required: true,
        maxLength: 100,
        value: name,
        wrong: problems[0]?.message,
      })}
      ${scopeBoxes(scopes, chosen)}`,
    }),
  })
  return {
    path: `${path}new/`,
    permission: mayCreate,
    isSensitive: true,
    show: async (visit) => form(visit),
    actions: {
      create: {
        isOnce: true,
        run: async (visit) => {
          const chosen = chosenIn(visit.fields, 'scope', ofKeys(scopes))
          const values = { name: visit.text('name'), scopes: chosen, ownerId: visit.user.id }
          let id = ''
          const faults = await faultsOf(async () => {
            ;({ id } = await serviceAccounts.create(values, { by: visit.by }))
          })
          const [[message = ''] = []] = Object.values(faults)
          if (id === '') return form(visit, visit.text('name'), chosen, [{ field: 'account-name', message }])
          return leave(`/portal/${path}${id}/`, 'The service account is made. Now give it a key.')
        },
      },
    },
  }
}

function one({ serviceAccounts, apiKeys, auditLog, ownKeys, scopes, clock }: ServiceAccountScreensOptions): Screen {
  const idOf = (visit: Visit): string => visit.params['account'] ?? ''
  return {
    path: `${path}:account/`,
    show: async (visit) => {
      const account = await ownKeys.account(visit, idOf(visit))
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      return {
        title: account.name,
        crumbs: [{ href: `/portal/${path}`, text: 'Service accounts' }],
        content: html`${facts([
            ['State', stateOf(account.isActive)],
            ['Id', html`<code>${account.id}</code>`],
            ['May', account.scopes.length === 0 ? 'nothing that asks for a scope' : account.scopes.join(', ')],
            ['Made', moment(account.createdAt)],
          ])}
          <div class="toolbar">
            <h2>Keys</h2>
            ${account.isActive ? html`<a class="button small" href="${visit.path}new-key/" id="new-key">New key</a>` : ''}
          </div>
          ${keyTable(keys, clock(), html`<p>It has no key yet, so it cannot come in.</p>`)}
          ${
            account.scopes.length === 0
              ? ''
              : html`<section>
                  <h2>Take rights away</h2>
                  ${postForm({
                    to: visit.path,
                    proof: visit.form,
                    action: 'narrow',
                    button: 'Save',
                    kind: 'second',
                    content: scopeBoxes(pick(scopes, account.scopes), account.scopes),
                  })}
                </section>`
          }
          <section>
            <h2>Stop it</h2>
            <div class="buttons">
              ${postForm({
                to: visit.path,
                proof: visit.form,
                action: account.isActive ? 'disable' : 'enable',
                button: account.isActive ? 'Switch off' : 'Switch on',
                kind: 'second',
                isInline: true,
              })}
              <a class="button small danger" href="${visit.path}delete/" id="delete">Delete</a>
            </div>
          </section>`,
      }
    },
    actions: {
      narrow: {
        run: async (visit) => {
          const account = await ownKeys.account(visit, idOf(visit))
          const kept = chosenIn(visit.fields, 'scope', account.scopes)
          await serviceAccounts.update(account.id, { scopes: kept }, { by: visit.by })
          return leave(visit.path, 'Its rights are changed, and with them those of its keys.')
        },
      },
      disable: {
        run: async (visit) => {
          const { id } = await ownKeys.account(visit, idOf(visit))
          await serviceAccounts.disable(id, { by: visit.by })
          return leave(visit.path, 'It is off, and so are its keys.')
        },
      },
      enable: {
        run: async (visit) => {
          const { id } = await ownKeys.account(visit, idOf(visit))
          await checkMaySwitchOn(auditLog, visit, `service_account:${id}`, 'service_account.disabled')
          await serviceAccounts.enable(id, { by: visit.by })
          return leave(visit.path, 'It is on.')
        },
      },
    },
  }
}

function remove({ serviceAccounts, apiKeys, ownKeys }: ServiceAccountScreensOptions): Screen {
  const show = async (visit: Visit, wrong?: string): Promise<View> => {
    const account = await ownKeys.account(visit, visit.params['account'] ?? '')
    const live = (await apiKeys.list({ kind: 'service_account', id: account.id })).filter(
      (key) => key.revokedAt === null,
    )
    return {
      title: 'Delete the service account?',
      crumbs: [
        { href: `/portal/${path}`, text: 'Service accounts' },
        { href: `/portal/${path}${account.id}/`, text: account.name },
      ],
      problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
      content: confirmation({
        to: visit.path,
        proof: visit.form,
        action: 'delete',
        button: 'Delete',
        what: 'It is gone at once and for good, with all it has.',
        stops: [`${live.length} ${live.length === 1 ? 'key' : 'keys'}`, 'its tokens and certificates'],
        typed: { text: account.name, wrong },
        cancel: `/portal/${path}${account.id}/`,
      }),
    }
  }
  return {
    path: `${path}:account/delete/`,
    isSensitive: true,
    show: async (visit) => show(visit),
    actions: {
      delete: {
        run: async (visit: Posted) => {
          const account = await ownKeys.account(visit, visit.params['account'] ?? '')
          if (visit.text('typed') !== account.name) return show(visit, 'Type the name as it stands there.')
          await serviceAccounts.delete(account.id, { by: visit.by })
          return leave(`/portal/${path}`, 'The service account is deleted.')
        },
      },
    },
  }
}

function stateOf(isActive: boolean): Markup {
  return isActive ? badge('on', 'good') : badge('off', 'note')
}

function ofKeys(scopes: ScopeCatalogue): readonly string[] {
  const { resources, others } = groupedScopes(scopes)
  return [...resources.flatMap(({ read, write }) => [read, write]), ...others].filter((scope) => scope !== null)
}

/** Those entries of a catalogue that are listed. */
export function pick(catalogue: ScopeCatalogue, names: readonly string[]): ScopeCatalogue {
  return Object.fromEntries(names.map((name) => [name, catalogue[name] ?? name]))
}

function scopeBoxes(scopes: ScopeCatalogue, chosen: readonly string[]): Markup {
  return choices({
    id: 'account-scopes',
    name: 'scope',
    label: 'It may, at most',
    hint: 'Its keys can have less, never more.',
    choices: ofKeys(scopes).map((name) => ({ value: name, text: scopes[name] ?? name, hint: name })),
    values: chosen,
  })
}
