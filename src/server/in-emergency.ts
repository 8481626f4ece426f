import { isNoEmergency } from '../accounts/is-no-emergency.ts'
import type { Operation } from '../api/operation.ts'
import { nameOf } from '../core/permission.ts'
import { allOf } from '../permissions/all-of.ts'
import type { Action, Screen } from '../screens/screen.ts'

/**
 * What somebody may do who signed in by a code for emergencies, as path and action: mend their own way in, help others in, and
 * stop harm. It lasts for half an hour and asks for no second factor, so nothing else is done by it: no key, token, invitation or
 * administrator, no link to somebody else's password that is shown, and no codes like the one that it began with. Whatever is
 * not named is refused: see `isNoEmergency`.
 */
export const emergencyActions: ReadonlySet<string> = new Set([
  '/account/profile/ verify',
  '/account/profile/ cancel',
  '/account/profile/email/ change',
  '/account/password/ change',
  '/account/password/set/ set',
  '/account/devices/ end',
  '/account/devices/ ask-again',
  '/account/devices/others/ end-others',
  '/account/passkeys/add/ add',
  '/account/passkeys/:id/ rename',
  '/account/passkeys/:id/remove/ remove-passkey',
  '/account/authenticator/ begin',
  '/account/authenticator/ confirm',
  '/account/authenticator/ forget',
  '/account/authenticator/remove/ remove-app',
  '/account/recovery/ make',
  '/account/apps/:id/ withdraw',
  '/account/tokens/ revoke-token',
  '/account/tokens/ end-program',
  '/account/organisations/:organisation/invitations/ cancel',
  '/account/organisations/:organisation/service-accounts/:account/ disable',
  '/account/organisations/:organisation/service-accounts/:account/keys/:key/revoke/ revoke',
  '/account/data/ keep-account',
  '/account/secure/ end-others',
  '/account/secure/ withdraw',
  '/account/secure/ revoke',

  '/portal/apps/:id/ disable',
  '/portal/apps/:id/revoke-tokens/ revoke',
  '/portal/keys/:id/ disable',
  '/portal/keys/:id/revoke/ revoke',
  '/portal/service-accounts/:account/ narrow',
  '/portal/service-accounts/:account/ disable',

  '/admin/users/ choose',
  '/admin/users/:id/ enable',
  '/admin/users/:id/ require-password',
  '/admin/users/:id/ unlock',
  '/admin/users/:id/ send-reset',
  '/admin/users/:id/sessions/ end',
  '/admin/users/:id/linked/ unlink',
  '/admin/users/:id/credentials/ revoke-token',
  '/admin/users/:id/applications/ withdraw',
  '/admin/users/:id/groups/ remove',
  '/admin/users/:id/roles/ take',
  '/admin/users/:id/disable/ disable',
  '/admin/users/:id/sign-out/ sign-out',
  '/admin/users/:id/reset-factors/ reset-factors',
  '/admin/acting/ stop',
  '/admin/sessions/ end',
  '/admin/sessions/end/ end',
  '/admin/organisations/:organisation/suspend/ suspend',
  '/admin/organisations/:organisation/invitations/ cancel',
  '/admin/organisations/:organisation/service-accounts/:account/ disable',
  '/admin/organisations/:organisation/service-accounts/:account/keys/:key/revoke/ revoke',
  '/admin/invitations/ cancel',
  '/admin/applications/:id/danger/disable/ disable',
  '/admin/applications/:id/danger/revoke/ revoke',
  '/admin/keys/ choose',
  '/admin/keys/ revoke',
  '/admin/keys/:id/ disable',
  '/admin/keys/:id/revoke/ revoke',
  '/admin/service-accounts/:id/ disable',
  '/admin/grants/:id/end/ end',
  '/admin/tokens/look-up/ look-up',
  '/admin/audit/verify/ verify',
  '/admin/access-tester/ explain',
  '/admin/signing-keys/ stage',
  '/admin/signing-keys/rotate/ rotate-now',
  '/admin/signing-keys/:kid/retire/ retire',
  '/admin/throttles/ reset',
])

/** The same of the APIs of the consoles, as method and path. */
export const emergencyOperations: ReadonlySet<string> = new Set([
  'POST /api/account/factors/totp/',
  'DELETE /api/account/factors/totp/',
  'POST /api/account/factors/totp/confirm/',
  'POST /api/account/factors/passkeys/options/',
  'POST /api/account/factors/passkeys/',
  'PATCH /api/account/factors/passkeys/{id}/',
  'DELETE /api/account/factors/passkeys/{id}/',
  'POST /api/account/factors/recovery-codes/',
  'DELETE /api/account/sessions/',
  'DELETE /api/account/sessions/{id}/',
  'DELETE /api/account/browsers/',
  'DELETE /api/account/browsers/{id}/',
  'DELETE /api/account/deletion/',
  'DELETE /api/account/tokens/{id}/',
  'DELETE /api/account/programs/{id}/',
  'POST /api/account/apps/{client_id}/disable/',
  'POST /api/account/apps/{client_id}/revoke-tokens/',
  'POST /api/account/service-accounts/{id}/disable/',
  'POST /api/account/keys/{id}/disable/',
  'POST /api/account/keys/{id}/revoke/',
  'DELETE /api/account/organisations/{organisation}/invitations/{invitation}/',
  'POST /api/account/organisations/{organisation}/service-accounts/{account}/disable/',
  'DELETE /api/account/organisations/{organisation}/service-accounts/{account}/keys/{key}/',

  'POST /api/admin/users/{id}/disable/',
  'POST /api/admin/users/{id}/enable/',
  'POST /api/admin/users/{id}/end-sessions/',
  'POST /api/admin/users/{id}/reset-factors/',
  'POST /api/admin/users/{id}/require-password/',
  'POST /api/admin/users/{id}/send-reset/',
  'POST /api/admin/users/{id}/unlock/',
  'DELETE /api/admin/groups/{id}/members/{user}/',
  'DELETE /api/admin/roles/{role}/holders/{user}/',
  'POST /api/admin/organisations/{organisation}/suspend/',
  'DELETE /api/admin/organisations/{organisation}/invitations/{invitation}/',
  'POST /api/admin/organisations/{organisation}/service-accounts/{account}/disable/',
  'DELETE /api/admin/organisations/{organisation}/service-accounts/{account}/keys/{key}/',
  'POST /api/admin/sessions/end/',
  'DELETE /api/admin/sessions/{id}/',
  'DELETE /api/admin/linked-accounts/{id}/',
  'POST /api/admin/keys/revoke/',
  'POST /api/admin/keys/{id}/revoke/',
  'POST /api/admin/keys/{id}/disable/',
  'DELETE /api/admin/api-tokens/{id}/',
  'POST /api/admin/service-accounts/{id}/disable/',
  'DELETE /api/admin/users/{id}/applications/{client_id}/',
  'POST /api/admin/clients/{client_id}/disable/',
  'POST /api/admin/clients/{client_id}/revoke-tokens/',
  'POST /api/admin/grants/{id}/revoke/',
  'POST /api/admin/tokens/look-up/',
  'POST /api/admin/tokens/revoke/',
  'POST /api/admin/signing-keys/rotate/',
  'POST /api/admin/signing-keys/{kid}/retire/',
  'POST /api/admin/audit/verify/',
  'POST /api/admin/throttles/reset/',
  'POST /api/admin/explain/',
])

/** The screens of an area, where an emergency is enough for what is named above alone. A page of a form that is refused says so. */
export function screensInEmergency(area: string, screens: readonly Screen[]): readonly Screen[] {
  return screens.map((screen) => {
    const actions = Object.entries(screen.actions ?? {}).map(([name, action]): readonly [string, Action] => [
      name,
      emergencyActions.has(`${area}${screen.path} ${name}`) ? action : ordinarily(action),
    ])
    const isRefused = screen.isSensitive === true && actions.every(([, action]) => isOrdinary(action))
    const form = isRefused && actions.length > 0 ? ordinarily(screen) : screen
    return screen.actions === undefined ? screen : { ...form, actions: Object.fromEntries(actions) }
  })
}

/** The same for operations: what only reads is done in an emergency too. */
export function operationsInEmergency(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((one) => {
    const { method, path, permission, rules } = one
    if (method === 'GET' || emergencyOperations.has(`${method} ${path}`)) return one
    const asking = allOf(permission, isNoEmergency)
    const asked = [asking, ...rules.slice(1)]
    return { ...one, permission: asking, rules: asked, policy: asked.map((rule) => nameOf(rule)).join(', then ') }
  })
}

function ordinarily<Asking extends Pick<Action, 'permission'>>(one: Asking): Asking {
  return { ...one, permission: one.permission === undefined ? isNoEmergency : allOf(one.permission, isNoEmergency) }
}

function isOrdinary({ permission }: Pick<Action, 'permission'>): boolean {
  return permission !== undefined && nameOf(permission).includes('isNoEmergency')
}
