import type { Answer, Endpoint } from '../http/exchange.ts'

/** Opens endpoints to the scripts of all pages (CORS): for those that no cookie counts at, and that say nothing without a token. */
export function anyOrigin(methods: Readonly<Record<string, Endpoint>>): Readonly<Record<string, Endpoint>> {
  const opened = Object.entries(methods).map(([name, endpoint]): [string, Endpoint] => [
    name,
    async (request) => {
      const answer = await endpoint(request)
      return { ...answer, headers: [...answer.headers, ...readable] }
    },
  ])
  return {
    ...Object.fromEntries(opened),
    OPTIONS: preflight(Object.keys(methods), 'authorization, content-type, dpop'),
  }
}

/** Tells browsers that scripts of all pages may send these methods and headers; `*` stands for all headers but credentials. */
export function preflight(methods: readonly string[], headers: string): Endpoint {
  const names = methods.join(', ')
  const answer: Answer = {
    status: 204,
    headers: [
      ['allow', `${names}, OPTIONS`],
      ['access-control-allow-origin', '*'],
      ['access-control-allow-methods', names],
      ['access-control-allow-headers', headers],
      ['access-control-max-age', '600'],
    ],
    body: '',
  }
  return async () => answer
}

const readable: Answer['headers'] = [
  ['access-control-allow-origin', '*'],
  ['access-control-expose-headers', 'DPoP-Nonce, WWW-Authenticate'],
]
