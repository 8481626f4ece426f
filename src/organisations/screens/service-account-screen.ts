import { html } from 'hono/html'
import { moment } from '../../pages/components.ts'
import { badge, facts, momentOr } from '../../pages/facts.ts'
import { postForm } from '../../pages/forms.ts'
import type { Markup } from '../../pages/layout.ts'
import { table } from '../../pages/table.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../../tokens/workload-trusts.ts'
import { workloadTrustPart } from '../../screens/workload-trust-part.ts'
import { may } from '../authority.ts'
import type { Place } from './place.ts'
import { activity, wordsOrNone } from './service-account-parts.ts'
import { serviceAccountOf } from './service-account-of.ts'

export interface ServiceAccountScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find' | 'disable' | 'enable'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'isWayIn'>
  readonly clock: () => number
}

/** One service account with its keys, and switching it off and on. */
export function serviceAccountScreen(
  place: Place,
  { serviceAccounts, apiKeys, workloadTrusts, clock }: ServiceAccountScreenStores,
): Screen {
  /** Switches it off or on. */
  async function toggled(visit: Visit, action: 'disable' | 'enable'): Promise<void> {
    const { entered, account } = await serviceAccountOf(visit, place, serviceAccounts, 'change')
    const { organisation, authority } = entered
    await serviceAccounts[action](account.id, {
      by: visit.by,
      organisationId: organisation.id,
      asAdministrator: authority.isOperator,
      allowedBy: authority.userId,
    })
  }

  return {
    path: `${place.path}service-accounts/:account/`,
    show: async (visit) => {
      const { entered, account, crumbs } = await serviceAccountOf(visit, place, serviceAccounts, 'view')
      const mayChange = may(entered.authority, 'service_accounts.change')
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      const isStopped = entered.organisation.suspendedAt !== null
      return {
        title: account.name,
        crumbs,
        content: html`${facts([
            ['Status', activity(account)],
            ['Scopes', wordsOrNone(account.scopes)],
            ['Permissions', wordsOrNone(account.permissions)],
            ['Made', moment(account.createdAt)],
          ])}
          <div class="toolbar">
            <h2>Keys</h2>
            ${mayChange && !isStopped && account.isActive ? html`<a class="button small" id="new-key" href="${visit.path}new-key/">New key</a>` : ''}
          </div>
          ${keyTable(keys, { below: mayChange ? `${visit.path}keys/` : null, now: clock() })}
          ${await workloadTrustPart(workloadTrusts, account, visit.path)}
          ${dangerZone(visit, account, {
            maySwitch: mayChange && !isStopped,
            isOperator: entered.authority.isOperator,
            mayDelete: may(entered.authority, 'service_accounts.delete'),
          })}
          ${await place.foot(visit, entered, { kind: 'service_account', account })}`,
      }
    },
    actions: {
      disable: {
        run: async (visit) => {
          await toggled(visit, 'disable')
          return leave(visit.path, 'It is off. Its keys do not work.')
        },
      },
      enable: {
        run: async (visit) => {
          await toggled(visit, 'enable')
          return leave(visit.path, 'It is on.')
        },
      },
    },
  }
}

/** Switching it off and on, and the way to deleting it. */
function dangerZone(
  { path, form }: Visit,
  { isActive, isHeld }: ServiceAccountRecord,
  {
    maySwitch,
    isOperator,
    mayDelete,
  }: { readonly maySwitch: boolean; readonly isOperator: boolean; readonly mayDelete: boolean },
): Markup | '' {
  if (!maySwitch && !mayDelete) return ''
  const isLocked = isHeld && !isActive && !isOperator
  const [action, button] = isActive ? ['disable', 'Switch it off'] : ['enable', 'Switch it on']
  return html`<section aria-labelledby="danger-heading">
    <h2 id="danger-heading">Danger zone</h2>
    ${
      maySwitch && isLocked
        ? html`<p class="note" id="held">
            An administrator of this site switched it off. Ask one to switch it on again.
          </p>`
        : ''
    }
    <div class="buttons">
      ${maySwitch && !isLocked ? postForm({ to: path, proof: form, action, button, kind: 'second', isInline: true }) : ''}
      ${mayDelete ? html`<a class="button small danger" id="delete" href="${path}delete/">Delete the service account</a>` : ''}
    </div>
  </section>`
}

/** The keys, each with the way to revoking it where `below` is the address of such pages. */
function keyTable(
  keys: readonly ApiKeyRecord[],
  { below, now }: { readonly below: string | null; readonly now: number },
): Markup {
  return table({
    id: 'keys',
    caption: 'Keys',
    columns: [
      { heading: 'Name' },
      { heading: 'Key' },
      { heading: 'Scopes' },
      { heading: 'Status' },
      { heading: 'Last used' },
      ...(below === null ? [] : [{ heading: 'Revoke' }]),
    ],
    rows: keys.map((key) => [
      html`<bdi>${key.name}</bdi>`,
      html`<code>${key.masked}</code>`,
      wordsOrNone(key.scopes),
      keyStatus(key, now),
      momentOr(key.lastUsedAt),
      ...(below === null
        ? []
        : [
            key.revokedAt !== null
              ? ''
              : html`<a class="button small second" href="${below}${key.id}/revoke/" id="revoke-${key.id}">Revoke</a>`,
          ]),
    ]),
    empty: 'It has no keys yet.',
  })
}

function keyStatus({ revokedAt, disabledAt, expiresAt }: ApiKeyRecord, now: number): Markup {
  if (revokedAt !== null) return badge('Revoked', 'bad')
  if (disabledAt !== null) return badge('Off', 'bad')
  if (expiresAt !== null && now >= expiresAt) return badge('Expired', 'bad')
  return html`${badge('Works', 'good')} ${expiresAt === null ? '' : html`until ${moment(expiresAt)}`}`
}
