import { html } from 'hono/html'
import type { Users } from '../../accounts/users.ts'
import { RequestRefused } from '../../core/errors.ts'
import { moment } from '../../pages/components.ts'
import { badge, copyAs, facts, momentOr } from '../../pages/facts.ts'
import { confirmation, postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { shownName } from '../../pages/shown-name.ts'
import { table } from '../../pages/table.ts'
import { type Faults, faultsOf, problemsOf } from '../../screens/faults.ts'
import { leave, type Screen, type View, type Visit } from '../../screens/screen.ts'
import type { WorkloadTrustStores } from '../../screens/workload-trust.ts'
import { workloadTrustPart } from '../../screens/workload-trust-part.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import { answeringFor } from '../answering.ts'
import { apiCall } from '../../pages/api-call.ts'
import { configOf } from '../config-of.ts'
import { type Historian, historyOf } from '../history-of.ts'
import { type CountHoldings, counted, holdingsText } from '../../accounts/holdings.ts'
import { keyState } from './key-state.ts'
import { switchForm } from './switch-form.ts'
import { linked } from '../linked.ts'
import {
  serviceAccountControls,
  type ServiceAccountForm,
  serviceAccountFormIn,
  serviceAccountValuesOf,
} from './service-account-form.ts'
import { type AccountStanzaStores, serviceAccountStanza } from '../stanzas.ts'

export interface ServiceAccountPageStores extends Historian, Omit<AccountStanzaStores, 'users' | 'workloadTrusts'> {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find' | 'update' | 'disable' | 'enable' | 'delete'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly workloadTrusts: WorkloadTrustStores['workloadTrusts']
  readonly users: Pick<Users, 'find' | 'findByLogin'>
  readonly countHoldings: CountHoldings
  readonly scopes: Readonly<Record<string, string>>
  readonly origin: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** One service account, with its keys, and how it is changed and ended. */
export function serviceAccountPage(stores: ServiceAccountPageStores): readonly Screen[] {
  const { serviceAccounts, users } = stores
  return [
    {
      path: 'service-accounts/:id/',
      show: async (visit) => {
        const account = await serviceAccountOf(visit, serviceAccounts)
        const owner = account.ownerId === null ? null : await users.find(account.ownerId)
        const form = { ...account, owner: owner?.username ?? '', permissions: account.permissions.join('\n') }
        return page(stores, visit, account, form, {})
      },
      actions: {
        save: {
          run: async (visit) => {
            const account = await serviceAccountOf(visit, serviceAccounts)
            const form = serviceAccountFormIn(visit)
            try {
              await serviceAccounts.update(account.id, await serviceAccountValuesOf(form, users, of(account)), {
                by: visit.by,
              })
              return leave(visit.path, 'The changes are saved.')
            } catch (error) {
              return page(stores, visit, account, form, faultsOf(error))
            }
          },
        },
        disable: {
          run: async (visit) => {
            await serviceAccounts.disable((await serviceAccountOf(visit, serviceAccounts)).id, {
              by: visit.by,
              asAdministrator: true,
            })
            return leave(visit.path, 'The service account is disabled: its keys and tokens are refused for now.')
          },
        },
        enable: {
          run: async (visit) => {
            await serviceAccounts.enable((await serviceAccountOf(visit, serviceAccounts)).id, {
              by: visit.by,
              asAdministrator: true,
            })
            return leave(visit.path, 'The service account works again.')
          },
        },
      },
    },
    {
      path: 'service-accounts/:id/delete/',
      show: async (visit) => deletion(visit, await serviceAccountOf(visit, serviceAccounts), stores),
      actions: {
        delete: {
          run: async (visit) => {
            const account = await serviceAccountOf(visit, serviceAccounts)
            if (visit.text('typed') !== account.name.trim()) {
              return deletion(visit, account, stores, 'Type the name as it stands on this page.')
            }
            await serviceAccounts.delete(account.id, { by: visit.by })
            return leave('/admin/service-accounts/', `The service account ${account.name} is deleted.`)
          },
        },
      },
    },
  ]
}

/** The service account of a page below `service-accounts/:id/`. Throws `RequestRefused` (`not_found`). */
export async function serviceAccountOf(
  { params }: Pick<Visit, 'params'>,
  serviceAccounts: Pick<ServiceAccounts, 'find'>,
): Promise<ServiceAccountRecord> {
  const account = await serviceAccounts.find(params['id'] ?? '')
  if (account === null)
    throw new RequestRefused('not_found', 'There is no such service account. It may have been deleted.')
  return account
}

async function page(
  stores: ServiceAccountPageStores,
  visit: Visit,
  account: ServiceAccountRecord,
  form: ServiceAccountForm,
  faults: Faults,
): Promise<View> {
  const { names, scopes, origin } = stores
  const owner = answeringFor(account)
  return {
    title: shownName(account.name, account.id),
    crumbs: [{ href: '/admin/service-accounts/', text: 'Service accounts' }],
    problems: problemsOf(faults, { ownerId: 'owner' }),
    content: html`${facts([
        ['Owner', owner === null ? badge('Nobody answers for it', 'bad') : linked(owner, await names([owner]))],
        [
          'Status',
          account.isActive
            ? badge('Active', 'good')
            : badge(account.isHeld ? 'Disabled by an administrator' : 'Disabled by its owner', 'bad'),
        ],
        ['Made', moment(account.createdAt)],
        ['Id', html`<code>${account.id}</code>`],
      ])}
      ${await keysPart(stores, visit, account)} ${await workloadTrustPart(stores.workloadTrusts, account, visit.path)}
      ${postForm({
        to: visit.path,
        proof: visit.form,
        action: 'save',
        button: 'Save',
        content: serviceAccountControls(form, faults, scopes, of(account).mayBeNobody),
      })}
      <section aria-labelledby="danger-heading">
        <h2 id="danger-heading">Danger zone</h2>
        <div class="buttons">
          ${switchForm(visit, { isOn: account.isActive, off: 'Disable', on: 'Enable' })}
          <a class="button small danger" id="delete" href="${visit.path}delete/">Delete</a>
        </div>
      </section>
      ${await historyOf(stores, `service_account:${account.id}`)}
      ${copyAs({
        call: apiCall(origin, 'GET', `/api/admin/service-accounts/${account.id}/`),
        config: configOf('service_accounts', await serviceAccountStanza(account, stores)),
      })}`,
  }
}

/** An organisation answers for what belongs to it, with or without a person. */
function of({ organisationId }: ServiceAccountRecord): { readonly mayBeNobody: boolean } {
  return { mayBeNobody: organisationId !== null }
}

async function keysPart(
  { apiKeys, clock }: ServiceAccountPageStores,
  { path }: Visit,
  { id }: ServiceAccountRecord,
): Promise<Markup> {
  const keys = await apiKeys.list({ kind: 'service_account', id })
  return html`<div class="toolbar">
      <h2>Keys</h2>
      <a class="button small" id="new-key" href="${path}keys/new/">New key</a>
    </div>
    ${table({
      id: 'keys',
      caption: 'Keys',
      columns: [
        { heading: 'Name' },
        { heading: 'Begins' },
        { heading: 'Status' },
        { heading: 'Last used' },
        { heading: 'Expires' },
        { heading: 'Rotate' },
      ],
      rows: keys.map((key) => [
        html`<a href="/admin/keys/${key.id}/"><bdi>${shownName(key.name, key.id)}</bdi></a>`,
        html`<code>${key.masked}</code>`,
        keyState(key, clock()),
        momentOr(key.lastUsedAt),
        momentOr(key.expiresAt),
        key.revokedAt === null ? html`<a class="button small second" href="${path}keys/${key.id}/">Rotate</a>` : '',
      ]),
      empty: 'It has no keys yet. Make one for the program to show.',
    })}`
}

async function deletion(
  visit: Visit,
  account: ServiceAccountRecord,
  { countHoldings, workloadTrusts }: Pick<ServiceAccountPageStores, 'countHoldings' | 'workloadTrusts'>,
  wrong?: string,
): Promise<View> {
  const back = `/admin/service-accounts/${account.id}/`
  return {
    title: `Delete ${shownName(account.name, account.id)}?`,
    crumbs: [
      { href: '/admin/service-accounts/', text: 'Service accounts' },
      { href: back, text: shownName(account.name, account.id) },
    ],
    problems: wrong === undefined ? [] : [{ field: 'typed', message: wrong }],
    content: confirmation({
      to: visit.path,
      proof: visit.form,
      action: 'delete',
      button: 'Delete the service account',
      what: 'It is gone for good with its keys and tokens. The audit log keeps what was done.',
      stops: [
        ...holdingsText(await countHoldings({ kind: 'service_account', id: account.id })),
        ...counted((await workloadTrusts.list(account.id)).length, 'workload trust'),
      ],
      cancel: back,
      typed: { text: account.name, wrong },
    }),
  }
}
