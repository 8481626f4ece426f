import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { openOAuthDesk } from '../oauth/oauth-desk.contract.ts'
import { ask, clientAt, jsonOf, signInTo } from '../oauth/openid.contract.ts'
import { userClaimsFor } from './organisations.ts'
import { readSettings } from './settings.ts'
import { formatId } from '../storage/id.ts'
import { toUser, userColumns } from '../tokens/principal.ts'
import { createOrganisations } from '../organisations/organisations.ts'
import { createRoleGrants } from '../organisations/role-grants.ts'
import { createRoles } from '../organisations/roles.ts'

const catalogue = { openid: 'Know who you are', roles: 'See your roles', organisations: 'See your organisations' }

describe('claims about roles', () => {
  it('are told to applications that were granted their scopes, by UserInfo and in ID tokens that ask for them', async () => {
    const userClaims = userClaimsFor(readSettings({ oauthScopes: catalogue }))
    const desk = await openOAuthDesk({ userClaims, scopes: catalogue })
    const { database, revocations } = desk
    const common = { database, revocations, clock: (): number => desk.time.now }
    const user = await desk.addUser({ username: 'ada' })
    const userId = formatId(user.id)
    const acme = await createOrganisations(common).create({ name: 'Acme', slug: 'acme', ownerId: userId })
    const role = await createRoles(common).create({ name: 'editor', permissions: ['notes.change'] })
    await createRoleGrants(common).grant({ roleId: role.id, userId })
    const client = await clientAt(
      desk,
      await desk.addClient({ grantTypes: ['authorization_code'], scopes: Object.keys(catalogue) }),
    )
    const told = async (scopes: readonly string[]) => {
      const { accessToken } = await signInTo(desk, { user, client, scopes: ['openid', ...scopes] })
      const headers = { authorization: `Bearer ${accessToken}` }
      return jsonOf(await ask(desk, 'GET', '/o/userinfo/', { headers }))
    }
    const organisations = [{ id: acme.id, slug: 'acme', roles: ['owner'] }]
    const all = await told(['roles', 'organisations'])
    assert.deepEqual([all['roles'], all['organisations']], [['editor'], organisations])
    const some = await told(['roles'])
    assert.deepEqual([some['roles'], some['organisations']], [['editor'], undefined])
    assert.deepEqual(Object.keys(await told([])), ['sub'])

    const query = database.read.selectFrom('users').select(userColumns).where('id', '=', user.id)
    const principal = toUser(await query.executeTakeFirstOrThrow(), desk.time.now)
    assert.ok(principal !== null)
    const claims = { id_token: { roles: null, organisations: null } }
    const grant = { signInId: null, detail: { by: 'authorization_code', claims } } as const
    const idToken = decodeJwt(
      await desk.server.idTokens.sign({ client, user: principal, grant, scopes: ['openid'], accessToken: 'x' }),
    )
    assert.deepEqual([idToken['roles'], idToken['organisations']], [['editor'], organisations])
    await desk.close()
  })

  it('are not there where the catalogue has no such scopes, and the application may say something else', () => {
    assert.deepEqual(userClaimsFor(readSettings({})), {})
    const own = { roles: { scope: 'roles', value: ['mine'] } }
    assert.deepEqual(userClaimsFor(readSettings({ oauthScopes: { roles: 'See your roles' } }), own), own)
  })
})
