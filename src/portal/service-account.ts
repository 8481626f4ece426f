import { html } from 'hono/html'
import { counted } from '../accounts/holdings.ts'
import type { ScopeCatalogue } from '../oauth/scopes.ts'
import { moment } from '../pages/components.ts'
import { chosenIn } from '../pages/controls.ts'
import { apiCall } from '../pages/api-call.ts'
import { copyAs, facts, history } from '../pages/facts.ts'
import type { NavLink } from '../pages/console.ts'
import { postForm } from '../pages/forms.ts'
import { leave, type Screen, type Visit } from '../screens/screen.ts'
import type { AuditLog } from '../storage/audit-log.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../tokens/workload-trusts.ts'
import { workloadTrustPart } from '../screens/workload-trust-part.ts'
import { historyOf } from './history.ts'
import { keyTable } from './keys.ts'
import type { OwnKeys } from './own-keys.ts'
import { stateOf } from './service-account-list.ts'
import { pick, scopeBoxes } from './service-account-scopes.ts'
import { stopSection } from './stop-section.ts'
import { typedDeletion } from './typed-deletion.ts'

export interface ServiceAccountOptions {
  readonly serviceAccounts: Pick<ServiceAccounts, 'update' | 'disable' | 'enable' | 'delete'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly ownKeys: Pick<OwnKeys, 'account'>
  readonly auditLog: Pick<AuditLog, 'list'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'isWayIn'>
  readonly baseUrl: string
  readonly scopes: ScopeCatalogue
  readonly clock: () => number
}

export const crumbs: readonly NavLink[] = [{ href: '/portal/service-accounts/', text: 'Service accounts' }]

/** A service account that one answers for, with its keys. Its rights can be taken away here, never added to. */
export function serviceAccount(options: ServiceAccountOptions): Screen {
  const { serviceAccounts, apiKeys, ownKeys, auditLog, workloadTrusts, baseUrl, scopes, clock } = options
  const found = async (visit: Visit): Promise<ServiceAccountRecord> =>
    ownKeys.account(visit, visit.params['account'] ?? '')
  return {
    path: 'service-accounts/:account/',
    show: async (visit) => {
      const account = await found(visit)
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      return {
        title: account.name,
        crumbs,
        content: html`${facts([
            ['Status', stateOf(account.isActive)],
            ['Id', html`<code>${account.id}</code>`],
            ['May', account.scopes.length === 0 ? 'nothing that asks for a scope' : account.scopes.join(', ')],
            ['Made', moment(account.createdAt)],
          ])}
          <div class="toolbar">
            <h2>Keys</h2>
            ${account.isActive ? html`<a class="button small" href="${visit.path}new-key/" id="new-key">New key</a>` : ''}
          </div>
          ${keyTable(keys, clock(), html`<p>It has no key yet, so it cannot come in by one.</p>`)}
          ${await workloadTrustPart(workloadTrusts, account, visit.path)}
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
          ${stopSection(visit, { isOn: account.isActive, isHeld: account.isHeld, end: ['delete', 'Delete'] })}
          ${history(await historyOf(auditLog, `service_account:${account.id}`, visit.user.id))}
          ${copyAs({ call: apiCall(baseUrl, 'GET', `/api/account/service-accounts/${account.id}/`) })}`,
      }
    },
    actions: {
      narrow: {
        run: async (visit) => {
          const account = await found(visit)
          const kept = chosenIn(visit.fields, 'scope', account.scopes)
          await serviceAccounts.update(account.id, { scopes: kept }, { by: visit.by })
          return leave(visit.path, 'Its rights are changed, and with them those of its keys.')
        },
      },
      disable: {
        run: async (visit) => {
          await serviceAccounts.disable((await found(visit)).id, { by: visit.by })
          return leave(visit.path, 'It is off, and so are its keys.')
        },
      },
      enable: {
        run: async (visit) => {
          await serviceAccounts.enable((await found(visit)).id, { by: visit.by })
          return leave(visit.path, 'It is on.')
        },
      },
    },
  }
}

/** Asks before a service account is deleted. */
export function deleteServiceAccount({
  serviceAccounts,
  apiKeys,
  ownKeys,
  workloadTrusts,
}: Pick<ServiceAccountOptions, 'serviceAccounts' | 'apiKeys' | 'ownKeys' | 'workloadTrusts'>): Screen {
  return typedDeletion<ServiceAccountRecord>({
    path: 'service-accounts/:account/delete/',
    find: async (visit) => ownKeys.account(visit, visit.params['account'] ?? ''),
    about: async ({ id }) => {
      const keys = await apiKeys.list({ kind: 'service_account', id })
      const live = keys.filter(({ revokedAt }) => revokedAt === null).length
      return {
        title: 'Delete the service account?',
        crumbs,
        what: 'It is gone at once and for good, with all it has.',
        stops: [
          `${live} ${live === 1 ? 'key' : 'keys'}`,
          ...counted((await workloadTrusts.list(id)).length, 'workload trust'),
          'its tokens and certificates',
        ],
        page: `/portal/service-accounts/${id}/`,
      }
    },
    remove: async ({ id }, { by }) => serviceAccounts.delete(id, { by }),
    done: ['/portal/service-accounts/', 'The service account is deleted.'],
  })
}
