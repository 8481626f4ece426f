import { z } from 'zod'
import { type AppleKey, appleKeyOf } from './apple-key.ts'
import { isPreset, type Preset, presets } from './presets.ts'
import { hasSamlEntry, samlEntry, type SamlSettings, samlSettingsOf } from './saml/saml-settings.ts'

/** A provider that people may sign in with, as the settings describe it. */
export interface ProviderSettings {
  /** Its name in addresses and rows: small letters, digits and hyphens. It must not change: links hang on it. */
  readonly id: string
  /** What is known about it beforehand (the preset of that name, else `openid`). */
  readonly preset: Preset
  /** What its button says (that of the preset, else the id). */
  readonly name: string
  /** What it knows this site by (with SAML empty: there it is the address of the metadata). */
  readonly clientId: string
  /** `null` for a public client, and with Apple, whose secret is made anew each time. */
  readonly clientSecret: string | null
  /** How the secret is shown (basic; of some presets, post). */
  readonly clientAuthentication: 'basic' | 'post'
  /** Where it is: the issuer; with `github` and `gitlab` the address of an own installation (that of the preset). With SAML its entity id. */
  readonly issuer: string
  /** What is asked for (that of the preset). */
  readonly scopes: readonly string[]
  /** Further parameters of the authorization request, such as `hd` or `domain_hint` (none). */
  readonly parameters: Readonly<Record<string, string>>
  /** With Microsoft, whose accounts may come in, by tenant id (those of any tenant that the issuer admits). */
  readonly tenants: readonly string[]
  /** With Apple, what its client secrets are signed with. */
  readonly apple: AppleKey | null
  /** With SAML, what it needs beside (nothing). */
  readonly saml: SamlSettings | null
  /** Whether an account here is linked by itself where its verified address is the verified one there (false). */
  readonly linkByEmail: boolean
  /** Whether every address that it names counts as verified, also where it does not say so (false). */
  readonly emailsAreVerified: boolean
  /** Whether a second factor there counts as one here, where its `amr` says `mfa` (false). */
  readonly trustSecondFactor: boolean
  /** Whether people without an account here are given one; `null`: where signing up is open (null). */
  readonly createAccounts: boolean | null
  /** Whoever types an address of one of these domains at sign-in is led there (none). */
  readonly domains: readonly string[]
  /** Who may come in: those to whom one of these applies (everybody). */
  readonly allow: readonly ClaimCondition[]
  /** What claims make of people here (nothing). */
  readonly rules: readonly ClaimRule[]
  /** Whether its tokens are kept, sealed (false). */
  readonly storeTokens: boolean
  /** Whether signing out here leads on to signing out there (false). */
  readonly signOut: boolean
}

/** Something about the claims: `claim` holds `value`, or has it in its list. Dots lead into objects. */
export interface ClaimCondition {
  readonly claim: string
  readonly value: string
}

/** Whoever it applies to is in these groups; whoever it does not, is not. Likewise for the others. */
export interface ClaimRule extends ClaimCondition {
  readonly groups: readonly string[]
  /** An organisation, by its slug, that they are a member of (none). */
  readonly organisation: string | null
  /** Roles, by name, that they have there; without an organisation, everywhere. */
  readonly roles: readonly string[]
  readonly staff: boolean
}

/** Reads the list of providers. Throws `Error` with a sentence for whoever wrote it; it never holds a secret. */
export function readProviders(value: unknown): readonly ProviderSettings[] {
  const entries = z.array(entry).safeParse(value)
  if (!entries.success) throw new Error(sentences(entries.error))
  const read = entries.data.map(settingsOf)
  for (const [index, { id }] of read.entries()) {
    if (read.findIndex((other) => other.id === id) !== index) throw new Error(`two providers are called ${id}`)
  }
  const domains = read.flatMap((one) => one.domains)
  const twice = domains.find((domain, index) => domains.indexOf(domain) !== index)
  if (twice !== undefined) throw new Error(`two providers have the domain ${twice}`)
  return read
}

const text = z.string().min(1)
const condition = z.strictObject({ claim: text, value: text })

const entry = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'an id has small letters, digits and hyphens'),
  preset: z
    .string()
    .refine(isPreset, `a preset is one of ${Object.keys(presets).join(', ')}`)
    .optional(),
  name: text.max(60).optional(),
  ...samlEntry,
  clientId: text.optional(),
  clientSecret: text.optional(),
  clientAuthentication: z.enum(['basic', 'post']).optional(),
  issuer: text.max(1024).optional(),
  scopes: z.array(text.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).optional(),
  parameters: z.record(text, z.string()).default({}),
  tenants: z.array(text).default([]),
  teamId: text.optional(),
  keyId: text.optional(),
  privateKey: text.optional(),
  linkByEmail: z.boolean().default(false),
  emailsAreVerified: z.boolean().default(false),
  trustSecondFactor: z.boolean().default(false),
  createAccounts: z.boolean().nullable().default(null),
  domains: z
    .array(
      z
        .string()
        .toLowerCase()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain is like example.org'),
    )
    .default([]),
  allow: z.array(condition).default([]),
  rules: z
    .array(
      condition.extend({
        groups: z.array(text).default([]),
        organisation: text.nullable().default(null),
        roles: z.array(text).default([]),
        staff: z.boolean().default(false),
      }),
    )
    .default([]),
  storeTokens: z.boolean().default(false),
  signOut: z.boolean().default(false),
})

function settingsOf(given: z.infer<typeof entry>): ProviderSettings {
  const { id, preset: named } = given
  const preset = named !== undefined && isPreset(named) ? named : isPreset(id) ? id : 'openid'
  const known = presets[preset]
  const fault = (sentence: string): Error => new Error(`provider ${id}: ${sentence}`)
  if (reservedIds.has(id)) throw fault('this id stands for a page of its own; take another')
  const builtIn = given.rules.flatMap(({ roles }) => roles).find((role) => standings.includes(role))
  if (builtIn !== undefined) throw fault(`the role ${builtIn} is built in: members get it in the organisation itself`)
  if (preset !== 'microsoft' && given.tenants.length > 0) throw fault('tenants are for Microsoft alone')
  for (const name of Object.keys(given.parameters)) {
    if (ownParameters.has(name)) throw fault(`parameters may not set ${name}`)
  }
  const shared = pick(given, sharedOptions)
  const own = known.protocol === 'saml' ? samlOf(given, fault) : oauthOf(given, preset, fault)
  return { ...shared, ...own, id, preset, name: given.name ?? known.name ?? id }
}

const sharedOptions = [
  'parameters',
  'tenants',
  'linkByEmail',
  'emailsAreVerified',
  'trustSecondFactor',
  'createAccounts',
  'domains',
  'allow',
  'rules',
  'storeTokens',
  'signOut',
] as const

function pick<Given, Name extends keyof Given>(given: Given, names: readonly Name[]): Pick<Given, Name> {
  return Object.fromEntries(names.map((name) => [name, given[name]])) as Pick<Given, Name>
}

type ByProtocol = Pick<
  ProviderSettings,
  'issuer' | 'clientId' | 'clientSecret' | 'clientAuthentication' | 'scopes' | 'apple' | 'saml'
>

/** What is set for providers of OpenID Connect and OAuth 2.0. */
function oauthOf(given: z.infer<typeof entry>, preset: Preset, fault: (sentence: string) => Error): ByProtocol {
  const { id, clientId, clientSecret = null, teamId, keyId, privateKey } = given
  const known = presets[preset]
  const issuer = given.issuer ?? known.issuer
  if (hasSamlEntry(given)) throw fault(`${Object.keys(samlEntry).join(', ')} are for SAML alone: set preset to saml`)
  if (clientId === undefined) throw fault('clientId is missing: what the provider knows this site by')
  if (issuer === null) throw fault('issuer is missing, such as https://login.example.org')
  if (!URL.canParse(issuer) || !/^https?:/.test(issuer)) throw fault('issuer has to be an https address')
  if (issuer.startsWith('http:') && !loopback.test(issuer)) throw fault('issuer has to be an https address')
  const apple = preset === 'apple' ? appleKeyOf({ teamId, keyId, privateKey }, fault) : null
  if (apple === null && (teamId ?? keyId ?? privateKey) !== undefined) {
    throw fault('teamId, keyId and privateKey are for Apple alone')
  }
  if (apple !== null && clientSecret !== null) throw fault('with Apple, privateKey stands in for clientSecret')
  if (known.givesSecret && clientSecret === null) throw fault(`${known.name ?? id} needs clientSecret`)
  const scopes = given.scopes ?? known.scopes
  if (known.protocol === 'openid' && !scopes.includes('openid')) throw fault('scopes must have openid among them')
  const clientAuthentication = given.clientAuthentication ?? known.clientAuthentication
  return { issuer, clientId, clientSecret, clientAuthentication, scopes, apple, saml: null }
}

/** What is set for a provider of SAML. */
function samlOf(given: z.infer<typeof entry>, fault: (sentence: string) => Error): ByProtocol {
  const foreign = oauthOptions.find((option) => given[option] !== undefined)
  if (foreign !== undefined) throw fault(`${foreign} is not for SAML`)
  if (given.storeTokens || given.signOut) throw fault('SAML has no tokens to store, and no signOut')
  const none = { clientId: '', clientSecret: null, clientAuthentication: 'basic', scopes: [], apple: null } as const
  return { ...none, ...samlSettingsOf(given, fault) }
}

const oauthOptions = ['clientId', 'clientSecret', 'clientAuthentication', 'scopes', 'teamId', 'keyId'] as const

/** What members of an organisation are, which its own people decide. */
const standings: readonly string[] = ['owner', 'admin', 'member']

/** In development a provider may be on this machine. */
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/

/** What stands beside the providers in addresses. */
const reservedIds: ReadonlySet<string> = new Set(['link', 'app', 'join'])

/** What the request is made of, and what would undo its checks. */
const ownParameters: ReadonlySet<string> = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'SAMLRequest',
  'RelayState',
  'SigAlg',
  'Signature',
])

/** The issues of zod hold no values, but for names that are not known. */
function sentences({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'the list'}: ${message}`).join('; ')
}
