import { createOAuthServer, type MountedOAuthServer } from 'doorward/oauth'
import type { People } from './people.ts'

/** The authorization server of the application: where it is, where it keeps what it knows, and what may be asked for. */
export async function openOAuth(
  people: People,
  place: { readonly issuer: string; readonly database: string; readonly secret: string },
): Promise<MountedOAuthServer> {
  return createOAuthServer({
    ...place,
    signInPath: '/sign-in',
    scopes: {
      openid: 'Know who you are',
      email: 'See your e-mail address',
      offline_access: 'Keep access while you are away',
      'notes:read': 'Read your notes',
    },
    userClaims: {
      // Of the application's own table, for ID tokens and /o/userinfo/.
      notes_id: { scope: 'openid', value: ({ name }: { readonly name: string }) => people.find(name)?.id },
    },
  })
}

/** A program that acts for itself, and one that people allow to act for them. */
export async function makeClients(
  oauth: MountedOAuthServer,
  redirectUri: string,
): Promise<Readonly<Record<'job' | 'reader', Credentials>>> {
  const by = { by: { actor: 'system' } }
  const job = await oauth.clients.create(
    { name: 'Nightly job', grantTypes: ['client_credentials'], scopes: ['notes:read'] },
    by,
  )
  const reader = await oauth.clients.create(
    {
      name: 'Reader',
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: ['openid', 'email', 'offline_access', 'notes:read'],
      redirectUris: [redirectUri],
    },
    by,
  )
  return { job: credentialsOf(job), reader: credentialsOf(reader) }
}

interface Credentials {
  readonly id: string
  readonly secret: string
}

function credentialsOf({ client, secret }: Awaited<ReturnType<MountedOAuthServer['clients']['create']>>): Credentials {
  return { id: client.id, secret: secret ?? '' }
}
