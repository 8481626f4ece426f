import { RequestRefused } from '../core/errors.ts'
import { checkedIdentifier } from '../oauth/client-columns.ts'
import type { GivenClient } from '../oauth/client-wire.ts'
import { checkedClient, type ClientRules } from '../oauth/client-values.ts'
import type { Clients } from '../oauth/clients.ts'
import { formatId } from '../storage/id.ts'
import { flagIn, keyIn, textIn } from './columns.ts'
import { faultsOf } from './faults-of.ts'
import { importedPassword, type ImportHasher } from './password-column.ts'
import { type Came, type Importing, stillHere } from './importing.ts'
import { type DjangoRow, rowsOf } from './source.ts'

export interface ImportClientsOptions {
  readonly clients: Pick<Clients, 'create' | 'find'>
  readonly rules: ClientRules
  readonly hasher: ImportHasher
  /** The scopes that each may ask for: there, every application may ask for all. */
  readonly scopes: readonly string[]
}

/** The applications of django-oauth-toolkit. Each keeps its `client_id` and its secret. */
export async function importClients(importing: Importing, users: Came, options: ImportClientsOptions): Promise<Came> {
  const { source, database, imports, by, isDryRun } = importing
  const { clients, rules, scopes, hasher } = options
  const tally = importing.tally('applications')
  const came = new Map<string, bigint>()
  for await (const row of rowsOf(source, 'oauth2_provider_application', 'id')) {
    tally.found()
    const key = keyIn(row, 'id') ?? ''
    const [identifier, secret] = [textIn(row, 'client_id'), textIn(row, 'client_secret')]
    const what = `${identifier} (${key})`
    const known = await imports.known(model, [key])
    if (known.size > 0) {
      tally.known()
      for (const [, id] of await stillHere(importing, 'clients', known)) came.set(key, id)
      continue
    }
    try {
      const values = valuesOf(row, scopes)
      checkedClient(values, rules)
      checkedIdentifier(identifier)
      if ((await clients.find(identifier)) !== null)
        throw new RequestRefused('conflict', 'There is a client with this client_id already.')
      const owner = users.get(keyIn(row, 'user_id') ?? '')
      const isPublic = values['authMethod'] === 'none'
      const isHash = isHashed(secret)
      const stored = isHash && !isPublic ? (await importedPassword(secret, hasher)).hash : null
      if (isHash && !isPublic && stored === null)
        throw new RequestRefused('invalid', 'Its secret is hashed in a way that cannot be verified here.')
      if (stored !== null && values.idTokenSignedResponseAlg === 'HS256')
        throw new RequestRefused('invalid', 'HS256 needs the secret itself, and only its hash is there.')
      if (isDryRun) came.set(key, database.newId())
      else {
        await clients.create(values, {
          by: { actor: by.actor ?? 'system' },
          identifier,
          owner: owner === undefined ? null : formatId(owner),
          ...(isPublic ? {} : { importedSecret: stored === null ? { text: secret } : { hash: stored } }),
          alongside: async (unit, id) => {
            came.set(key, id)
            await imports.add(unit, model, [{ key, id }])
          },
        })
      }
      if (!isPublic && !isHash && secret.length < 32)
        tally.changed(what, 'Its secret is short enough to be guessed. Rotate it.')
      tally.made()
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      came.delete(key)
      tally.left(what, faultsOf(error))
    }
  }
  return came
}

const model = 'oauth2_provider.application'

/** What is registered of an application. */
function valuesOf(row: DjangoRow, scopes: readonly string[]): GivenClient {
  const grant = textIn(row, 'authorization_grant_type')
  const algorithm = textIn(row, 'algorithm')
  const words = (column: string): readonly string[] =>
    textIn(row, column)
      .split(/\s+/)
      .filter((one) => one !== '')
  const uris = words('redirect_uris')
  const isByCode = grant === 'authorization-code' || grant === 'openid-hybrid'
  return {
    name: textIn(row, 'name') || textIn(row, 'client_id'),
    authMethod: textIn(row, 'client_type') === 'public' ? 'none' : 'client_secret',
    grantTypes: grantTypes[grant] ?? [grant],
    scopes,
    ...(isByCode || grant === 'implicit' ? { redirectUris: uris } : {}),
    ...(words('post_logout_redirect_uris').length > 0
      ? { postLogoutRedirectUris: words('post_logout_redirect_uris') }
      : {}),
    ...(words('allowed_origins').length > 0 ? { allowedOrigins: words('allowed_origins') } : {}),
    // There, one application may have addresses of the web and of a device.
    ...(uris.some((uri) => !/^https?:/i.test(uri)) ? { applicationType: 'native' } : {}),
    ...(flagIn(row, 'skip_authorization') ? { consent: 'never' } : {}),
    ...(algorithm === '' ? {} : { idTokenSignedResponseAlg: algorithm }),
  }
}

/** What django-oauth-toolkit calls them, and what they are on the wire. The refresh token needs no word there. */
const grantTypes: Readonly<Record<string, readonly string[]>> = {
  'authorization-code': ['authorization_code', 'refresh_token'],
  'openid-hybrid': ['authorization_code', 'refresh_token'],
  'client-credentials': ['client_credentials'],
  'urn:ietf:params:oauth:grant-type:device_code': ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  password: ['password', 'refresh_token'],
  implicit: ['implicit'],
}

/** From version 2 on, secrets are hashed as passwords are, by any hasher that Django has: such a text is never the secret itself. */
function isHashed(secret: string): boolean {
  return /^(?:pbkdf2_sha\d+|argon2|bcrypt|bcrypt_sha256|scrypt|(?:unsalted_)?(?:md5|sha1)|crypt)\$/.test(secret)
}
