import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Settings } from '../server/settings.ts'
import { ok, problem, type Finding } from './finding.ts'

/** Whether Redis answers, where there is to be one. */
export async function redisFindings({ redisUrl }: Settings): Promise<readonly Finding[]> {
  if (redisUrl === null) return []
  const answer = await ping(redisUrl).catch(() => null)
  if (answer?.startsWith('+PONG') === true) return [ok('Redis answers.')]
  const what = answer === null ? 'Redis does not answer.' : 'Redis wants other credentials.'
  return [problem(what, 'Check redisUrl (DOORWARD_REDIS_URL), and that it runs.')]
}

/** The first line of what it says to PING: a client of its own would be a dependency, for one word (RESP, "Inline commands"). */
async function ping(address: string): Promise<string> {
  const { protocol, hostname, port, username, password } = new URL(address)
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 6379 : Number(port) }
  const socket = protocol === 'rediss:' ? connectTls({ ...to, servername: to.host }) : connect(to)
  const signal = AbortSignal.timeout(2000)
  try {
    if (password !== '') {
      const words = ['AUTH', ...(username === '' ? [] : [username]), password].map(decodeURIComponent)
      socket.write(
        words.reduce((sent, word) => `${sent}$${Buffer.byteLength(word)}\r\n${word}\r\n`, `*${words.length}\r\n`),
      )
      const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
      if (!answer.toString().startsWith('+OK')) return answer.toString()
    }
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}
