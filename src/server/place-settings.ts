import { z } from 'zod'
import { address, list, type Setting } from './setting.ts'

/** Settings of where the server is reached: see `settings.ts`. */
export interface PlaceSettings {
  readonly siteName: string
  readonly publicUrl: string | null
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly trustedOrigins: readonly string[]
  readonly trustedProxies: readonly string[]
}

const group = 'Where it is'

export const placeSettings: { readonly [Name in keyof PlaceSettings]: Setting<PlaceSettings[Name]> } = {
  siteName: {
    group,
    default: 'Doorward',
    parse: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .regex(/^[^\p{C}]*$/u, 'It is one line of text.'),
    meaning:
      'What the installation is called, for people: on every page, under mails, and where a passkey or an authenticator app is kept. At most 60 characters.',
  },
  publicUrl: {
    group,
    default: null,
    parse: address.nullable(),
    meaning:
      'The address that people and programs use, such as https://id.example.com. Cookies, links and the issuer follow from it, never from a request. Without it the server is in development mode, at http://127.0.0.1 and its port.',
  },
  host: { group, default: '127.0.0.1', parse: z.string().min(1), meaning: 'The address to listen on.' },
  port: {
    group,
    default: 8000,
    parse: z.coerce.number().int().min(0).max(65535),
    meaning: 'The port to listen on. 0 takes a free one.',
  },
  allowedHosts: {
    group,
    default: [],
    parse: list,
    meaning:
      'Host names that are served besides the one of publicUrl. In development also localhost, 127.0.0.1 and [::1].',
  },
  trustedOrigins: {
    group,
    default: [],
    parse: list,
    meaning: 'Other origins whose pages may send requests with the session cookie, such as https://app.example.com.',
  },
  trustedProxies: {
    group,
    default: [],
    parse: list,
    meaning: 'Address ranges of your own proxies. Only from these does X-Forwarded-For tell the address of a caller.',
  },
}
