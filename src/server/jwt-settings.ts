import { z } from 'zod'
import { address, count, duration, flag, someText, type Setting } from './setting.ts'

/** Settings of JSON Web Tokens and what signs them: see `settings.ts`. Durations are seconds. */
export interface JwtSettings {
  readonly accessTokenLifetime: number
  readonly refreshTokenLifetime: number
  readonly refreshFamilyLifetime: number
  readonly refreshGrace: number
  readonly jwtAlgorithm: 'EdDSA' | 'ES256' | 'RS256' | 'PS256'
  readonly issuer: string | null
  readonly audience: string | null
  readonly jwtLeeway: number
  readonly jwtCookies: boolean
  readonly signingKeyLifetime: number
  readonly keySetReaders: boolean
}

const group = 'JWT'

export const jwtSettings: { readonly [Name in keyof JwtSettings]: Setting<JwtSettings[Name]> } = {
  accessTokenLifetime: {
    group,
    default: 1800,
    parse: duration,
    meaning: 'How long an access token lives. Seconds, or text such as 30m.',
  },
  refreshTokenLifetime: {
    group,
    default: 604800,
    parse: duration,
    meaning: 'How long a refresh token may lie unused.',
  },
  refreshFamilyLifetime: {
    group,
    default: 2592000,
    parse: duration,
    meaning: 'How long one sign-in lasts, however often it is refreshed.',
  },
  refreshGrace: {
    group,
    default: 10,
    parse: count.max(10),
    meaning:
      'For how many seconds the same client gets the same answer when it shows a spent refresh token again. 0 switches it off; 10 is the most.',
  },
  jwtAlgorithm: {
    group,
    default: 'EdDSA',
    parse: z.enum(['EdDSA', 'ES256', 'RS256', 'PS256']),
    meaning: 'What signs access and refresh tokens.',
  },
  issuer: {
    group,
    default: null,
    parse: address.nullable(),
    meaning: 'The iss of tokens. Without it, publicUrl.',
  },
  audience: { group, default: null, parse: someText, meaning: 'The aud of tokens. Without it, the issuer.' },
  jwtLeeway: { group, default: 0, parse: count.max(300), meaning: 'Seconds by which clocks may differ.' },
  jwtCookies: {
    group,
    default: false,
    parse: flag,
    meaning: 'Hands the pair out in httpOnly cookies, with CSRF protection, rather than in the body.',
  },
  signingKeyLifetime: {
    group,
    default: 7776000,
    parse: duration,
    meaning: 'After how long a new signing key takes over by itself.',
  },
  keySetReaders: {
    group,
    default: true,
    parse: flag,
    meaning:
      'Whether it is kept for 30 days which programs fetched the public keys, by network and User-Agent, for the page that exchanges them. Browsers are never kept.',
  },
}
