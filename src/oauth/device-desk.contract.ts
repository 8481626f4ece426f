import { type FakeBrowser, fakeBrowser, hiddenIn, type Sending } from '../accounts/browser.contract.ts'
import type { Answer, Endpoint } from '../http/exchange.ts'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { UserRow } from '../storage/schema.ts'
import { deviceCodeGrant } from './grants/device-code.ts'
import { type Answered, type OAuthDesk, openOAuthDesk } from './oauth-desk.contract.ts'
import type { OAuthServerOptions } from './server.ts'

/** An authorization server with a client on a device, and people with browsers. */
export interface DeviceDesk extends OAuthDesk {
  /** `client_id`. */
  readonly device: string
  /** What the device does first: asks for codes. */
  readonly begin: (fields?: Readonly<Record<string, string>>) => Promise<DeviceCodesGiven>
  /** Asks whether there are tokens. */
  readonly poll: (deviceCode: string, fields?: Readonly<Record<string, string>>) => Promise<Answered>
  /** A browser in which somebody is signed in. */
  readonly person: (columns?: Partial<UserRow>, address?: string) => Promise<Person>
}

export interface DeviceCodesGiven {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

export interface Person {
  readonly id: bigint
  readonly browser: FakeBrowser
  readonly open: (url?: string) => Promise<Answer>
  /** Sends the page's form with this code. */
  readonly enter: (userCode: string, sending?: Sending) => Promise<Answer>
  /** Presses a button of the page that asks. */
  readonly decide: (page: Answer, decision: string, fields?: Readonly<Record<string, string>>) => Promise<Answer>
  /** All of it. */
  readonly allow: (userCode: string) => Promise<Answer>
}

export const devicePath = '/o/device/'

export async function openDeviceDesk(
  options: Partial<OAuthServerOptions> = {},
  at?: { readonly database: Database; readonly time: { now: number } },
): Promise<DeviceDesk> {
  const desk = await openOAuthDesk(options, at)
  const scopes = ['openid', 'offline_access', 'read', 'write']
  const { id: device } = await desk.addClient({
    grantTypes: [deviceCodeGrant, 'refresh_token'],
    scopes,
    isPublic: true,
  })
  const pages = desk.server.routes.find(({ path }) => path === devicePath)?.methods as { GET: Endpoint; POST: Endpoint }

  async function person(columns: Partial<UserRow> = {}, address?: string): Promise<Person> {
    const { id } = await desk.addUser(columns)
    const browser = fakeBrowser(address)
    const { value } = await desk.sessions.create({ userId: formatId(id) })
    browser.cookies.set(desk.sessions.cookieName, value)
    const open: Person['open'] = async (url = devicePath) => browser.get(pages.GET, url)
    const enter: Person['enter'] = async (user_code, sending) => {
      const csrfmiddlewaretoken = hiddenIn(await open(), 'csrfmiddlewaretoken')
      return browser.post(pages.POST, { csrfmiddlewaretoken, user_code }, sending)
    }
    const decide: Person['decide'] = async (page, decision, fields = {}) =>
      browser.post(pages.POST, { ...formOf(page), decision, ...fields })
    const allow: Person['allow'] = async (userCode) => decide(await enter(userCode), 'allow')
    return { id, browser, open, enter, decide, allow }
  }

  return {
    ...desk,
    device,
    person,
    begin: async (fields = {}) => {
      const answer = await desk.post('/o/device-authorization/', { client_id: device, scope: 'read', ...fields })
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.json as unknown as DeviceCodesGiven
    },
    poll: async (device_code, fields = {}) =>
      desk.post('/o/token/', { grant_type: deviceCodeGrant, client_id: device, device_code, ...fields }),
  }
}

/** The hidden fields of a page. */
export function formOf({ body }: Answer): Record<string, string> {
  const fields = body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]))
}
