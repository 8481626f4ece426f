import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { RequestRefused } from '../core/errors.ts'
import { type ClientValueName, clientNames, fromWire, type GivenClient } from '../oauth/client-wire.ts'
import { CommandMisused } from './command-refused.ts'
import { repeated } from './desk.ts'
import { durationOption } from './owner.ts'

/** What is registered of a client, as options name it. */
export interface ClientOptions {
  readonly name?: string
  readonly public?: boolean
  readonly native?: boolean
  readonly authMethod?: string
  readonly grant?: readonly string[]
  readonly responseType?: readonly string[]
  readonly scope?: readonly string[]
  readonly defaultScope?: readonly string[]
  readonly redirectUri?: readonly string[]
  readonly postLogoutRedirectUri?: readonly string[]
  readonly allowedOrigin?: readonly string[]
  readonly resource?: readonly string[]
  readonly introspects?: readonly string[]
  readonly consent?: string
  readonly skipAuthorization?: boolean
  readonly algorithm?: string
  readonly accessTokenFormat?: string
  readonly accessTokenLifetime?: string
  readonly refreshTokenLifetime?: string
  readonly jwks?: string
  readonly jwksUri?: string
  readonly requirePushedAuthorizationRequests?: boolean
  readonly metadata?: string
}

/** Adds them to a command. */
export function addClientOptions(command: Command): Command {
  return command
    .option('--public', 'it cannot keep a secret: an application in a browser or on a device')
    .option('--native', 'it runs on a device, and may have redirect URIs such as com.example.app:/cb')
    .option('--auth-method <name>', 'how it shows who it is (client_secret: by Basic or in the body)')
    .option(
      '--grant <type>',
      'a grant type, such as client_credentials (authorization_code); may be repeated',
      repeated,
    )
    .option('--response-type <type>', 'a response type (those of its grant types); may be repeated', repeated)
    .option('--scope <scope>', 'what it may ask for; may be repeated', repeated)
    .option('--default-scope <scope>', 'what is meant where it asks for none (all of them); may be repeated', repeated)
    .option('--redirect-uri <uri>', 'where answers may be sent; may be repeated', repeated)
    .option('--post-logout-redirect-uri <uri>', 'where browsers may go after signing out; may be repeated', repeated)
    .option('--allowed-origin <origin>', 'whose pages may call the token endpoint; may be repeated', repeated)
    .option('--resource <uri>', 'an API beside this one that its tokens may be for; may be repeated', repeated)
    .option('--introspects <uri>', 'whose tokens it may introspect, * for those of this API; may be repeated', repeated)
    .option('--consent <when>', 'whether users are asked: once, always or never (once)')
    .option('--skip-authorization', 'the same as --consent never, for applications of your own')
    .option('--algorithm <alg>', 'what ID tokens are signed with: RS256, ES256, EdDSA, PS256 or HS256 (RS256)')
    .option('--access-token-format <format>', 'opaque or jwt (opaque)')
    .option('--access-token-lifetime <duration>', 'such as 30m (that of the server)')
    .option('--refresh-token-lifetime <duration>', 'such as 30d (that of the server)')
    .option('--jwks <file>', 'its public keys, a JWK set')
    .option('--jwks-uri <uri>', 'where its public keys are')
    .option('--require-pushed-authorization-requests', 'it has to push its authorization requests')
    .option('--metadata <file>', 'JSON with anything else, by the names of dynamic registration; options win')
}

/** What the options give, by our names. Throws `CommandMisused` for what cannot be read. */
export function givenClient(options: ClientOptions): GivenClient {
  const { metadata, skipAuthorization, accessTokenLifetime, refreshTokenLifetime } = options
  const values: GivenClient = {
    name: options.name,
    authMethod: options.authMethod ?? (options.public === true ? 'none' : undefined),
    grantTypes: options.grant?.map(grantType),
    scopes: options.scope,
    redirectUris: options.redirectUri,
    postLogoutRedirectUris: options.postLogoutRedirectUri,
    responseTypes: options.responseType,
    defaultScopes: options.defaultScope,
    allowedOrigins: options.allowedOrigin,
    resources: options.resource,
    introspects: options.introspects,
    consent: options.consent ?? (skipAuthorization === true ? 'never' : undefined),
    idTokenSignedResponseAlg: options.algorithm,
    accessTokenFormat: options.accessTokenFormat,
    accessTokenLifetime: durationOption(accessTokenLifetime) ?? undefined,
    refreshTokenLifetime: durationOption(refreshTokenLifetime) ?? undefined,
    jwks: options.jwks === undefined ? undefined : jsonIn(options.jwks),
    jwksUri: options.jwksUri,
    requirePushedAuthorizationRequests: options.requirePushedAuthorizationRequests,
    applicationType: options.native === true ? 'native' : undefined,
  }
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as GivenClient
  return metadata === undefined ? given : { ...fromFile(metadata), ...given }
}

/** Does something with a client, and names what is at fault as the options do. */
export async function byOption<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof RequestRefused) || error.body === undefined) throw error
    const faults = Object.entries(error.body).map(([name, list]) => [optionOf(name), [list].flat().join(' ')])
    throw new RequestRefused('invalid', undefined, { body: Object.fromEntries(faults) as Record<string, string> })
  }
}

/** By their short names, and as Django OAuth toolkit has them. */
function grantType(name: string): string {
  return shortGrants[name] ?? name
}

const shortGrants: Readonly<Record<string, string>> = {
  code: 'authorization_code',
  'authorization-code': 'authorization_code',
  'client-credentials': 'client_credentials',
  refresh: 'refresh_token',
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  device_code: 'urn:ietf:params:oauth:grant-type:device_code',
  'device-code': 'urn:ietf:params:oauth:grant-type:device_code',
  'token-exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
  'jwt-bearer': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
}

const optionNames: { readonly [Name in ClientValueName]?: string } = {
  grantTypes: '--grant',
  scopes: '--scope',
  defaultScopes: '--default-scope',
  redirectUris: '--redirect-uri',
  postLogoutRedirectUris: '--post-logout-redirect-uri',
  responseTypes: '--response-type',
  allowedOrigins: '--allowed-origin',
  resources: '--resource',
  idTokenSignedResponseAlg: '--algorithm',
}

function optionOf(name: string): string {
  const own = optionNames[name as ClientValueName]
  if (own !== undefined) return own
  const hasOption = ['name', 'authMethod', 'introspects', 'consent', 'jwks', 'jwksUri'].includes(name)
  if (hasOption) return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  return clientNames[name as ClientValueName] ?? name
}

/** Unlike a client that registers itself, somebody at a terminal hears of names that are none. */
function fromFile(file: string): GivenClient {
  const members = jsonIn(file)
  const known: readonly string[] = Object.values(clientNames)
  const unknown = Object.keys(members).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new CommandMisused(`${file} has a member that there is not: ${unknown}.`)
  return fromWire(members)
}

function jsonIn(file: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read'
    throw new CommandMisused(`${file} ${why}.`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CommandMisused(`${file} has to hold a JSON object.`)
}
