import type { FakeBrowser } from '../accounts/browser.contract.ts'
import { type AskingClient, type AuthorizeDesk, openAuthorizeDesk } from '../oauth/authorize.contract.ts'
import type { ClientMetadata } from '../oauth/client-metadata.ts'
import type { OAuthServerOptions } from '../oauth/server-options.ts'
import type { Database } from '../storage/database.ts'
import { createMembers, type Members } from './members.ts'
import { createOrganisations, type Organisations } from './organisations.ts'
import { createRoleGrants } from './role-grants.ts'
import { createRoles } from './roles.ts'
import { roleUserClaims } from './role-user-claims.ts'

/** An authorization server whose users belong to organisations. */
export interface BoundDesk extends AuthorizeDesk {
  readonly organisations: Organisations
  readonly members: Members
  /** Ada owns `acme` and `umbrella`, and is an editor in `acme`. */
  readonly ada: string
  readonly acme: string
  readonly umbrella: string
  /** `globex` is Bob's alone. */
  readonly bob: string
  readonly globex: string
  /** A confidential client that asks for an organisation. */
  readonly addAsking: (metadata?: ClientMetadata) => Promise<AskingClient>
  /** A browser that Ada is signed in to. */
  readonly browser: FakeBrowser
}

export async function openBoundDesk(
  options: Partial<OAuthServerOptions> = {},
  at?: { readonly database: Database; readonly time: { now: number } },
): Promise<BoundDesk> {
  const scopes = {
    openid: 'Know who you are',
    offline_access: 'Keep access while you are away',
    organisations: 'See your organisations',
    roles: 'See your roles',
    read: 'Read your data',
    write: 'Change your data',
  }
  const desk = await openAuthorizeDesk({ scopes, userClaims: roleUserClaims, ...options }, at)
  const { database, revocations, time } = desk
  const common = { database, revocations, clock: () => time.now }
  const [organisations, members] = [createOrganisations(common), createMembers(common)]
  const [roles, grants] = [createRoles(common), createRoleGrants(common)]
  const [ada, bob] = [await desk.addPerson('ada'), await desk.addPerson('bob')]
  const { id: acme } = await organisations.create({
    name: 'Acme',
    slug: 'acme',
    ownerId: ada,
    allowedPermissions: ['notes.change'],
  })
  const { id: umbrella } = await organisations.create({ name: 'Umbrella', slug: 'umbrella', ownerId: ada })
  const { id: globex } = await organisations.create({ name: 'Globex', slug: 'globex', ownerId: bob })
  const role = { name: 'editor', organisationId: acme, permissions: ['notes.change'] }
  const editor = await roles.create(role)
  await grants.grant({ roleId: editor.id, userId: ada })
  return {
    ...desk,
    organisations,
    members,
    ada,
    acme,
    umbrella,
    bob,
    globex,
    addAsking: async (metadata = {}) => desk.addWeb({ asksForOrganisation: true, ...metadata }),
    browser: await desk.browserOf(ada),
  }
}
