import assert from 'node:assert/strict'

/** A page as a person's browser got it. */
export interface Seen {
  readonly status: number
  /** The path with query that it came from, after redirects. */
  readonly path: string
  readonly text: string
  readonly headers: Headers
}

/** Somebody with a browser without scripts: it keeps cookies, follows redirects, and fills in the forms it was shown. */
export interface Person {
  readonly cookies: Map<string, string>
  readonly get: (path: string) => Promise<Seen>
  /** Sends the form of a page whose action is named, as it stands and with these fields; `null` takes one away, as unchecking does. */
  readonly submit: (page: Seen, action: string, fields?: Readonly<Record<string, string | null>>) => Promise<Seen>
  /** Sends fields as they are, as a form of this site. */
  readonly post: (path: string, fields: Readonly<Record<string, string>>) => Promise<Seen>
  readonly signIn: (username: string, password: string) => Promise<Seen>
}

/** Makes one for a server that listens, such as the `listen()` of a test Doorward. */
export function person(base: string): Person {
  const cookies = new Map<string, string>()
  const formHeaders = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: new URL(base).origin,
    'sec-fetch-site': 'same-origin',
  }

  async function send(path: string, form?: string): Promise<Seen> {
    let url = new URL(path, base)
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const sent = hops === 0 ? form : undefined
      const response = await fetch(url, {
        ...(sent === undefined ? {} : { method: 'POST', body: sent }),
        headers: { accept: 'text/html', cookie, ...(sent === undefined ? {} : formHeaders) },
        redirect: 'manual',
      })
      keep(response)
      const location = response.headers.get('location')
      if (location === null) {
        const { status } = response
        return { status, path: url.pathname + url.search, text: await response.text(), headers: response.headers }
      }
      url = new URL(location, url)
      assert.equal(url.origin, new URL(base).origin, 'a redirect leads elsewhere')
    }
    throw new Error(`${path} leads round and round`)
  }

  function keep(response: Response): void {
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (/; Max-Age=0(;|$)/.test(set)) cookies.delete(name)
      else cookies.set(name, value)
    }
  }

  async function post(path: string, fields: Readonly<Record<string, string>>): Promise<Seen> {
    return send(path, new URLSearchParams(fields).toString())
  }

  return {
    cookies,
    get: async (path) => send(path),
    post,
    submit: async (page, action, fields = {}) => {
      const form = formsIn(page).find((one) => one.fields['action'] === action || one.id === action)
      assert.ok(form, `no form ${action} on ${page.path}:\n${page.text}`)
      const sent = Object.entries({ ...form.fields, ...fields }).filter(
        (field): field is [string, string] => field[1] !== null,
      )
      const to = new URL(form.to || page.path, new URL(page.path, base))
      return post(to.pathname + to.search, Object.fromEntries(sent))
    },
    signIn: async (username, password) => {
      const page = await send('/accounts/login/')
      const form = formsIn(page).find(({ id }) => id === 'sign-in')
      assert.ok(form, page.text)
      return post(form.to, { ...form.fields, username, password, next: '/account/devices/' })
    },
  }
}

export interface FormSeen {
  readonly id: string
  readonly to: string
  /** Its controls with what stands in them, as a browser would send them. */
  readonly fields: Readonly<Record<string, string>>
}

/** The forms of a page that are sent as a POST. */
export function formsIn({ text }: Pick<Seen, 'text'>): readonly FormSeen[] {
  return [...text.matchAll(/<form\s+method="post"([^>]*)>([^]*?)<\/form>/g)].map(
    ([, attributes = '', inside = '']) => ({
      id: attribute(attributes, 'id') ?? '',
      to: attribute(attributes, 'action') ?? '',
      fields: Object.fromEntries([...inputsIn(inside), ...selectsIn(inside), ...areasIn(inside)]),
    }),
  )
}

function inputsIn(inside: string): readonly (readonly [string, string])[] {
  return [...inside.matchAll(/<input([^>]*)>/g)].flatMap(([, attributes = '']) => {
    const [name, type] = [attribute(attributes, 'name'), attribute(attributes, 'type')]
    if (name === null || type === 'password') return []
    if ((type === 'checkbox' || type === 'radio') && !/\schecked\b/.test(attributes)) return []
    return [[name, attribute(attributes, 'value') ?? '']]
  })
}

function selectsIn(inside: string): readonly (readonly [string, string])[] {
  return [...inside.matchAll(/<select([^>]*)>([^]*?)<\/select>/g)].flatMap(([, attributes = '', options = '']) => {
    const name = attribute(attributes, 'name')
    const all = [...options.matchAll(/<option([^>]*)>/g)].map(([, one = '']) => one)
    const chosen = all.find((one) => /\sselected\b/.test(one)) ?? all[0]
    return name === null || chosen === undefined ? [] : [[name, attribute(chosen, 'value') ?? '']]
  })
}

function areasIn(inside: string): readonly (readonly [string, string])[] {
  return [...inside.matchAll(/<textarea([^>]*)>\n?([^]*?)<\/textarea/g)].flatMap(([, attributes = '', value = '']) => {
    const name = attribute(attributes, 'name')
    return name === null ? [] : [[name, plain(value)]]
  })
}

function attribute(attributes: string, name: string): string | null {
  const [, value] = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes) ?? []
  return value === undefined ? null : plain(value)
}

function plain(escaped: string): string {
  return escaped
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
