/** What is known about a provider beforehand. */
export interface PresetFacts {
  /** What its button says; `null` where that is the installation's own business. */
  readonly name: string | null
  /** Its issuer; `null` where there is none before it is set. */
  readonly issuer: string | null
  /** What it speaks. What is not OpenID Connect has a file of its own. */
  readonly protocol: 'openid' | 'github' | 'saml'
  readonly scopes: readonly string[]
  readonly clientAuthentication: 'basic' | 'post'
  /** Whether its answer comes as a form of its own page, which carries none of our cookies. */
  readonly answersByForm: boolean
  /** Whether its answer comes in the address. */
  readonly answersByAddress: boolean
  /** The parameter of its answer that has the state. */
  readonly stateParameter: 'state' | 'RelayState'
  /** Whether it gives a client secret to every application that signs people in. */
  readonly givesSecret: boolean
  /** What asks it to have people prove again who they are, in so far as it can be asked (OpenID Connect Core 1.0, section 3.1.2.1). */
  readonly freshPrompt: 'login' | 'select_account' | null
}

export type Preset = 'openid' | 'google' | 'microsoft' | 'github' | 'gitlab' | 'apple' | 'saml'

const openid: PresetFacts = {
  name: null,
  issuer: null,
  protocol: 'openid',
  scopes: ['openid', 'email', 'profile'],
  clientAuthentication: 'basic',
  answersByForm: false,
  answersByAddress: true,
  stateParameter: 'state',
  givesSecret: false,
  freshPrompt: 'login',
}

/** Checked against what the providers publish, in 2026. */
export const presets: Readonly<Record<Preset, PresetFacts>> = {
  openid,
  /** It refuses `prompt=login`. */
  google: {
    ...openid,
    name: 'Google',
    issuer: 'https://accounts.google.com',
    clientAuthentication: 'post',
    givesSecret: true,
    freshPrompt: 'select_account',
  },
  /** Of any tenant, and personal accounts; `issuer` narrows it: `…/organizations/v2.0`, `…/<tenant id>/v2.0`. */
  microsoft: {
    ...openid,
    name: 'Microsoft',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    clientAuthentication: 'post',
    givesSecret: true,
  },
  /** OAuth 2.0 alone; the issuer is what its answers say (RFC 9207), at an own installation `https://<host>/login/oauth`. */
  github: {
    ...openid,
    name: 'GitHub',
    issuer: 'https://github.com/login/oauth',
    protocol: 'github',
    scopes: ['read:user', 'user:email'],
    clientAuthentication: 'post',
    givesSecret: true,
    freshPrompt: 'select_account',
  },
  gitlab: { ...openid, name: 'GitLab', issuer: 'https://gitlab.com', givesSecret: true },
  apple: {
    ...openid,
    name: 'Apple',
    issuer: 'https://appleid.apple.com',
    scopes: ['openid', 'name', 'email'],
    clientAuthentication: 'post',
    answersByForm: true,
    freshPrompt: null,
  },
  /** SAML 2.0, with the response by HTTP-POST alone (Profiles, section 4.1.2). */
  saml: {
    ...openid,
    protocol: 'saml',
    scopes: [],
    answersByForm: true,
    answersByAddress: false,
    stateParameter: 'RelayState',
    freshPrompt: null,
  },
}

export function isPreset(name: string): name is Preset {
  return Object.hasOwn(presets, name)
}
