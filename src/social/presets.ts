/** What is known about a provider beforehand. */
export interface PresetFacts {
  /** What its button says; `null` where that is the installation's own business. */
  readonly name: string | null
  /** Its issuer; `null` where there is none before it is set. */
  readonly issuer: string | null
  /** Whether it speaks OpenID Connect. What does not has a file of its own. */
  readonly isOpenId: boolean
  readonly scopes: readonly string[]
  readonly clientAuthentication: 'basic' | 'post'
  /** Whether its answer comes as a form of its own page, which carries none of our cookies. */
  readonly answersByForm: boolean
  /** Whether it gives a client secret to every application that signs people in. */
  readonly givesSecret: boolean
  /** What asks it to have people prove again who they are, in so far as it can be asked (OpenID Connect Core 1.0, section 3.1.2.1). */
  readonly freshPrompt: 'login' | 'select_account' | null
}

export type Preset = 'openid' | 'google' | 'microsoft' | 'github' | 'gitlab' | 'apple'

const openid: PresetFacts = {
  name: null,
  issuer: null,
  isOpenId: true,
  scopes: ['openid', 'email', 'profile'],
  clientAuthentication: 'basic',
  answersByForm: false,
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
    isOpenId: false,
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
}

export function isPreset(name: string): name is Preset {
  return Object.hasOwn(presets, name)
}
