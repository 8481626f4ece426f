import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestDoorward } from '../testing/test-doorward.ts'
import { accountArea } from './account-area.ts'
import { adminArea } from './admin-area.ts'
import { createMetrics } from './metrics.ts'
import { portalArea } from './portal-area.ts'

/** What only a browser does, and why. */
const inBrowsersAlone: Readonly<Record<string, string>> = {
  '/admin/users/ choose': 'leads on to what is done to those who are chosen',
  '/admin/users/:id/act-as/ start': 'is of the session of a browser',
  '/admin/acting/ stop': 'is of the session of a browser',
  '/admin/keys/ choose': 'leads on to what is done to those that are chosen',
  '/admin/applications/:id/test/ token': 'is what POST /o/token/ does',
  '/portal/keys/test-call/ call': 'is what any call does',
  '/portal/keys/new/ review': 'shows what was typed',
  '/portal/keys/new/ change': 'shows what was typed',
  '/portal/service-accounts/:account/new-key/ review': 'shows what was typed',
  '/portal/service-accounts/:account/new-key/ change': 'shows what was typed',
  '/account/authenticator/ forget': 'ends by itself, and begins anew with POST /api/account/factors/totp/',
}

const organisationOperations: Readonly<Record<string, string>> = {
  'members/:user/ stand': 'PATCH members/{user}/',
  'members/:user/ give': 'PUT members/{user}/roles/{role}/',
  'members/:user/ take': 'DELETE members/{user}/roles/{role}/',
  'members/:user/remove/ remove': 'DELETE members/{user}/',
  'invitations/ resend': 'POST invitations/{invitation}/resend/',
  'invitations/ cancel': 'DELETE invitations/{invitation}/',
  'invitations/new/ invite': 'POST invitations/',
  'roles/new/ create': 'POST roles/',
  'roles/:role/ change': 'PATCH roles/{role}/',
  'roles/:role/delete/ delete': 'DELETE roles/{role}/',
  'service-accounts/new/ create': 'POST service-accounts/',
  'service-accounts/:account/ disable': 'POST service-accounts/{account}/disable/',
  'service-accounts/:account/ enable': 'POST service-accounts/{account}/enable/',
  'service-accounts/:account/delete/ delete': 'DELETE service-accounts/{account}/',
  'service-accounts/:account/new-key/ create': 'POST service-accounts/{account}/keys/',
  'service-accounts/:account/trust/ remove': 'DELETE service-accounts/{account}/trusts/{trust}/',
  'service-accounts/:account/trust/ test': 'POST service-accounts/{account}/trusts/test/',
  'service-accounts/:account/trust/new/ create': 'POST service-accounts/{account}/trusts/',
  'service-accounts/:account/keys/:key/revoke/ revoke': 'DELETE service-accounts/{account}/keys/{key}/',
  'settings/ change': 'PATCH ',
  'transfer/ transfer': 'POST transfer/',
  'delete/ delete': 'DELETE ',
}

/** The operation that does what an action of a page does. */
const operations: Readonly<Record<string, string>> = {
  '/admin/users/ bulk': 'POST /api/admin/users/bulk/',
  '/admin/users/new/ create': 'POST /api/admin/users/',
  '/admin/users/import/ dry-run': 'POST /api/admin/users/import/',
  '/admin/users/import/ import': 'POST /api/admin/users/import/',
  '/admin/users/:id/ enable': 'POST /api/admin/users/{id}/enable/',
  '/admin/users/:id/ require-password': 'POST /api/admin/users/{id}/require-password/',
  '/admin/users/:id/ unlock': 'POST /api/admin/users/{id}/unlock/',
  '/admin/users/:id/ send-reset': 'POST /api/admin/users/{id}/send-reset/',
  '/admin/users/:id/edit/ save': 'PATCH /api/admin/users/{id}/',
  '/admin/users/:id/merge/ merge': 'POST /api/admin/users/{id}/merge/',
  '/admin/users/:id/reset-link/ make': 'POST /api/admin/users/{id}/reset-link/',
  '/admin/users/:id/sessions/ end': 'DELETE /api/admin/sessions/{id}/',
  '/admin/users/:id/linked/ unlink': 'DELETE /api/admin/linked-accounts/{id}/',
  '/admin/users/:id/credentials/ revoke-token': 'DELETE /api/admin/api-tokens/{id}/',
  '/admin/users/:id/applications/ withdraw': 'DELETE /api/admin/users/{id}/applications/{client_id}/',
  '/admin/users/:id/groups/ add': 'PUT /api/admin/groups/{id}/members/{user}/',
  '/admin/users/:id/groups/ remove': 'DELETE /api/admin/groups/{id}/members/{user}/',
  '/admin/users/:id/disable/ disable': 'POST /api/admin/users/{id}/disable/',
  '/admin/users/:id/sign-out/ sign-out': 'POST /api/admin/users/{id}/end-sessions/',
  '/admin/users/:id/reset-factors/ reset-factors': 'POST /api/admin/users/{id}/reset-factors/',
  '/admin/users/:id/delete/ delete': 'DELETE /api/admin/users/{id}/',
  '/admin/sessions/ end': 'DELETE /api/admin/sessions/{id}/',
  '/admin/sessions/end/ end': 'POST /api/admin/sessions/end/',
  '/admin/organisations/new/ create': 'POST /api/admin/organisations/',
  '/admin/organisations/:organisation/ resume': 'POST /api/admin/organisations/{organisation}/resume/',
  '/admin/organisations/:organisation/suspend/ suspend': 'POST /api/admin/organisations/{organisation}/suspend/',
  '/admin/invitations/ resend': 'POST /api/admin/organisations/{organisation}/invitations/{invitation}/resend/',
  '/admin/invitations/ cancel': 'DELETE /api/admin/organisations/{organisation}/invitations/{invitation}/',
  '/admin/groups/new/ create': 'POST /api/admin/groups/',
  '/admin/groups/:group/ change': 'PATCH /api/admin/groups/{id}/',
  '/admin/groups/:group/delete/ delete': 'DELETE /api/admin/groups/{id}/',
  '/admin/roles/new/ create': 'POST /api/admin/roles/',
  '/admin/roles/:role/ change': 'PATCH /api/admin/roles/{role}/',
  '/admin/roles/:role/delete/ delete': 'DELETE /api/admin/roles/{role}/',
  '/admin/users/:id/roles/ give': 'PUT /api/admin/roles/{role}/holders/{user}/',
  '/admin/users/:id/roles/ take': 'DELETE /api/admin/roles/{role}/holders/{user}/',
  '/admin/applications/new/ create': 'POST /api/admin/clients/',
  '/admin/applications/:id/review/ review': 'POST /api/admin/clients/{client_id}/review/',
  '/admin/applications/:id/review/ return': 'POST /api/admin/clients/{client_id}/review/return/',
  '/admin/applications/:id/review/ say': 'POST /api/admin/clients/{client_id}/review/messages/',
  '/admin/applications/:id/logo/ put-logo': 'PUT /api/admin/clients/{client_id}/logo/',
  '/admin/applications/:id/logo/ remove-logo': 'DELETE /api/admin/clients/{client_id}/logo/',
  '/admin/applications/:id/ save': 'PATCH /api/admin/clients/{client_id}/',
  '/admin/applications/:id/credentials/ rotate': 'POST /api/admin/clients/{client_id}/rotate-secret/',
  '/admin/applications/:id/credentials/ cancel': 'POST /api/admin/clients/{client_id}/cancel-rotation/',
  '/admin/applications/:id/credentials/ save': 'PATCH /api/admin/clients/{client_id}/',
  '/admin/applications/:id/credentials/finish/ finish': 'POST /api/admin/clients/{client_id}/finish-rotation/',
  '/admin/applications/:id/scopes/ save': 'PATCH /api/admin/clients/{client_id}/',
  '/admin/applications/:id/tokens/ save': 'PATCH /api/admin/clients/{client_id}/',
  '/admin/applications/:id/owner/ change': 'POST /api/admin/clients/{client_id}/change-owner/',
  '/admin/applications/:id/danger/ enable': 'POST /api/admin/clients/{client_id}/enable/',
  '/admin/applications/:id/danger/disable/ disable': 'POST /api/admin/clients/{client_id}/disable/',
  '/admin/applications/:id/danger/revoke/ revoke': 'POST /api/admin/clients/{client_id}/revoke-tokens/',
  '/admin/applications/:id/danger/delete/ delete': 'DELETE /api/admin/clients/{client_id}/',
  '/admin/keys/ revoke': 'POST /api/admin/keys/revoke/',
  '/admin/keys/:id/ save': 'PATCH /api/admin/keys/{id}/',
  '/admin/keys/:id/ disable': 'POST /api/admin/keys/{id}/disable/',
  '/admin/keys/:id/ enable': 'POST /api/admin/keys/{id}/enable/',
  '/admin/keys/:id/revoke/ revoke': 'POST /api/admin/keys/{id}/revoke/',
  '/admin/service-accounts/new/ create': 'POST /api/admin/service-accounts/',
  '/admin/service-accounts/:id/ save': 'PATCH /api/admin/service-accounts/{id}/',
  '/admin/service-accounts/:id/ disable': 'POST /api/admin/service-accounts/{id}/disable/',
  '/admin/service-accounts/:id/ enable': 'POST /api/admin/service-accounts/{id}/enable/',
  '/admin/service-accounts/:id/delete/ delete': 'DELETE /api/admin/service-accounts/{id}/',
  '/admin/service-accounts/:id/keys/new/ create': 'POST /api/admin/service-accounts/{id}/keys/',
  '/admin/service-accounts/:id/keys/:key/ rotate': 'POST /api/admin/keys/{id}/rotate/',
  '/admin/service-accounts/:id/keys/:key/ finish': 'POST /api/admin/keys/{id}/finish-rotation/',
  '/admin/service-accounts/:id/keys/:key/ cancel': 'POST /api/admin/keys/{id}/cancel-rotation/',
  '/admin/service-accounts/:id/trust/ remove': 'DELETE /api/admin/service-accounts/{id}/trusts/{trust}/',
  '/admin/service-accounts/:id/trust/ test': 'POST /api/admin/service-accounts/{id}/trusts/test/',
  '/admin/service-accounts/:id/trust/new/ create': 'POST /api/admin/service-accounts/{id}/trusts/',
  '/admin/grants/:id/end/ end': 'POST /api/admin/grants/{id}/revoke/',
  '/admin/tokens/look-up/ look-up': 'POST /api/admin/tokens/look-up/',
  '/admin/audit/verify/ verify': 'POST /api/admin/audit/verify/',
  '/admin/access-tester/ explain': 'POST /api/admin/explain/',
  '/admin/signing-keys/ stage': 'POST /api/admin/signing-keys/rotate/',
  '/admin/signing-keys/rotate/ rotate-now': 'POST /api/admin/signing-keys/rotate/',
  '/admin/signing-keys/:kid/retire/ retire': 'POST /api/admin/signing-keys/{kid}/retire/',
  '/admin/mail/ test': 'POST /api/admin/mail/tests/',
  '/admin/throttles/ reset': 'POST /api/admin/throttles/reset/',
  '/admin/throttles/ end-own-limit': 'DELETE /api/admin/throttles/overrides/{id}/',
  '/admin/throttles/new/ give': 'POST /api/admin/throttles/overrides/',
  '/admin/administrators/ grant': 'PATCH /api/admin/users/{id}/',
  '/admin/administrators/:id/ take': 'PATCH /api/admin/users/{id}/',
  '/admin/administrators/break-glass/ make': 'POST /api/admin/break-glass/',
  '/admin/administrators/break-glass/ remove': 'DELETE /api/admin/break-glass/',
  '/admin/administrators/break-glass/ seen': 'POST /api/admin/break-glass/seen/',
  '/account/profile/ verify': 'POST /accounts/verify-email/resend/',
  '/account/profile/ cancel': 'DELETE /accounts/email/change/',
  '/account/preferences/ save': 'PATCH /api/account/preferences/',
  '/account/profile/username/ rename': 'PATCH /accounts/user/',
  '/account/profile/email/ change': 'POST /accounts/email/change/',
  '/account/password/ change': 'POST /accounts/password/change/',
  '/account/password/set/ set': 'POST /accounts/password/change/',
  '/account/devices/ end': 'DELETE /api/account/sessions/{id}/',
  '/account/devices/ ask-again': 'DELETE /api/account/browsers/{id}/',
  '/account/devices/others/ end-others': 'DELETE /api/account/sessions/',
  '/account/passkeys/add/ add': 'POST /api/account/factors/passkeys/',
  '/account/passkeys/:id/ rename': 'PATCH /api/account/factors/passkeys/{id}/',
  '/account/passkeys/:id/remove/ remove-passkey': 'DELETE /api/account/factors/passkeys/{id}/',
  '/account/authenticator/ begin': 'POST /api/account/factors/totp/',
  '/account/authenticator/ confirm': 'POST /api/account/factors/totp/confirm/',
  '/account/authenticator/remove/ remove-app': 'DELETE /api/account/factors/totp/',
  '/account/recovery/ make': 'POST /api/account/factors/recovery-codes/',
  '/account/apps/:id/ withdraw': 'DELETE /api/applications/{client_id}/',
  '/account/tokens/ revoke-token': 'DELETE /api/account/tokens/{id}/',
  '/account/tokens/ end-program': 'DELETE /api/account/programs/{id}/',
  '/account/organisations/ default': 'PUT /api/account/organisations/{organisation}/default/',
  '/account/organisations/ nodefault': 'DELETE /api/account/organisations/{organisation}/default/',
  '/account/organisations/:organisation/leave/ leave': 'POST /api/account/organisations/{organisation}/leave/',
  '/account/invitations/:token/ accept': 'POST /api/account/invitations/accept/',
  '/account/data/ keep-account': 'DELETE /api/account/deletion/',
  '/account/data/delete/ delete-account': 'POST /api/account/deletion/',
  '/account/secure/ end-others': 'DELETE /api/account/sessions/',
  '/account/secure/ withdraw': 'DELETE /api/applications/{client_id}/',
  '/account/secure/ revoke-token': 'DELETE /api/account/tokens/{id}/',
  '/account/secure/ end-program': 'DELETE /api/account/programs/{id}/',
  '/account/secure/ revoke': 'POST /api/account/keys/{id}/revoke/',
  '/portal/apps/new/ register': 'POST /api/account/apps/',
  '/portal/apps/:id/ save': 'PATCH /api/account/apps/{client_id}/',
  '/portal/apps/:id/ roll': 'POST /api/account/apps/{client_id}/roll/',
  '/portal/apps/:id/ finish': 'POST /api/account/apps/{client_id}/finish/',
  '/portal/apps/:id/ cancel': 'POST /api/account/apps/{client_id}/cancel/',
  '/portal/apps/:id/ disable': 'POST /api/account/apps/{client_id}/disable/',
  '/portal/apps/:id/ enable': 'POST /api/account/apps/{client_id}/enable/',
  '/portal/apps/:id/review/ ask': 'POST /api/account/apps/{client_id}/review/ask/',
  '/portal/apps/:id/review/ say': 'POST /api/account/apps/{client_id}/review/messages/',
  '/portal/apps/:id/testers/ add': 'POST /api/account/apps/{client_id}/testers/',
  '/portal/apps/:id/testers/ remove': 'DELETE /api/account/apps/{client_id}/testers/{email}/',
  '/portal/apps/:id/logo/ put-logo': 'PUT /api/account/apps/{client_id}/logo/',
  '/portal/apps/:id/logo/ remove-logo': 'DELETE /api/account/apps/{client_id}/logo/',
  '/portal/apps/:id/delete/ delete': 'DELETE /api/account/apps/{client_id}/',
  '/portal/apps/:id/revoke-tokens/ revoke': 'POST /api/account/apps/{client_id}/revoke-tokens/',
  '/portal/keys/new/ create': 'POST /api/account/keys/',
  '/portal/keys/:id/ update': 'PATCH /api/account/keys/{id}/',
  '/portal/keys/:id/ roll': 'POST /api/account/keys/{id}/roll/',
  '/portal/keys/:id/ finish': 'POST /api/account/keys/{id}/finish/',
  '/portal/keys/:id/ cancel': 'POST /api/account/keys/{id}/cancel/',
  '/portal/keys/:id/ disable': 'POST /api/account/keys/{id}/disable/',
  '/portal/keys/:id/ enable': 'POST /api/account/keys/{id}/enable/',
  '/portal/keys/:id/revoke/ revoke': 'POST /api/account/keys/{id}/revoke/',
  '/portal/service-accounts/new/ create': 'POST /api/account/service-accounts/',
  '/portal/service-accounts/:account/trust/ remove': 'DELETE /api/account/service-accounts/{id}/trusts/{trust}/',
  '/portal/service-accounts/:account/trust/ test': 'POST /api/account/service-accounts/{id}/trusts/test/',
  '/portal/service-accounts/:account/trust/new/ create': 'POST /api/account/service-accounts/{id}/trusts/',
  '/portal/service-accounts/:account/ narrow': 'PATCH /api/account/service-accounts/{id}/',
  '/portal/service-accounts/:account/ disable': 'POST /api/account/service-accounts/{id}/disable/',
  '/portal/service-accounts/:account/ enable': 'POST /api/account/service-accounts/{id}/enable/',
  '/portal/service-accounts/:account/delete/ delete': 'DELETE /api/account/service-accounts/{id}/',
  '/portal/service-accounts/:account/new-key/ create': 'POST /api/account/service-accounts/{id}/keys/',
  ...ofOrganisations('/admin/', '/api/admin/'),
  ...ofOrganisations('/account/', '/api/account/'),
}

describe('everything that pages do', () => {
  it('is there for programs too', async () => {
    await using doorward = await createTestDoorward()
    const { instance, auth } = doorward
    const areas = [
      adminArea(instance, auth, createMetrics({ passwords: instance.hasher, token: null })),
      accountArea(instance),
      portalArea(instance, { auth, door: auth }),
    ]
    const actions = areas.flatMap(({ path, screens }) =>
      screens.flatMap((screen) => Object.keys(screen.actions ?? {}).map((name) => `${path}${screen.path} ${name}`)),
    )
    const base = await doorward.listen()
    const { paths } = (await (await fetch(`${base}/api/openapi.json`)).json()) as {
      readonly paths: Readonly<Record<string, object>>
    }
    const served = new Set(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      ),
    )
    for (const action of actions) {
      if (Object.hasOwn(inBrowsersAlone, action)) continue
      const operation = operations[action]
      assert.ok(operation !== undefined, `${action} has no operation`)
      assert.ok(served.has(operation), `${operation}, for ${action}, is not served`)
    }
    const known = new Set(actions)
    const gone = [...Object.keys(operations), ...Object.keys(inBrowsersAlone)].filter((action) => !known.has(action))
    assert.deepEqual(gone, [], 'no page does this')
  })
})

/** The pages of one organisation, which its members and whoever runs the server have alike. */
function ofOrganisations(area: string, api: string): Readonly<Record<string, string>> {
  const below = `${api}organisations/{organisation}/`
  return Object.fromEntries(
    Object.entries(organisationOperations).map(([action, operation]) => {
      const [method = '', path = ''] = operation.split(' ')
      return [`${area}organisations/:organisation/${action}`, `${method} ${below}${path}`]
    }),
  )
}
