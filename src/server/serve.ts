import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp, type App, type AppOptions } from './app.ts'
import { isDevelopment } from './is-development.ts'
import { localAddress } from './addresses.ts'
import { openInstance, type Instance, type InstanceOptions } from './instance.ts'
import { withoutMail } from './mail-services.ts'
import { carryOutDeletions } from './due-deletions.ts'
import { createEndingNotices, sendEndingNotices } from './ending-notices.ts'
import { relaxationsOf } from './relaxations.ts'
import { reportingNode } from './reporting-node.ts'
import type { Settings } from './settings.ts'

/** A server that listens. */
export interface RunningServer {
  /** Where it is reached from this machine: `http://127.0.0.1:8000`. */
  readonly url: string
  readonly instance: Instance
  readonly app: App
  /** Takes no new connections, lets running requests finish for as long as the settings say, and lets go of everything. */
  readonly stop: () => Promise<void>
}

export interface ServeOptions extends InstanceOptions, Pick<AppOptions, 'routes'> {
  /** Called once the stores are open and before anyone is answered (nothing). */
  readonly prepare?: (instance: Instance) => Promise<void>
}

/**
 * Listens and opens an instance, in this order: in development the address is the issuer, and its port may be any free one.
 * Who connects meanwhile is answered once all is ready.
 */
export async function serve(settings: Settings, options: ServeOptions = {}): Promise<RunningServer> {
  const server = createServer(limits)
  const early: Parameters<App['answer']>[] = []
  const wait = (...request: Parameters<App['answer']>): void => void early.push(request)
  server.on('request', wait)
  await listen(server, settings)
  let instance: Instance | undefined
  try {
    const { port } = server.address() as AddressInfo
    instance = await openInstance({ ...settings, port }, options)
    await options.prepare?.(instance)
    const running = runningServer(instance, server, options)
    server.off('request', wait).on('request', running.app.answer)
    for (const request of early) running.app.answer(...request)
    return running
  } catch (error) {
    await closed(server, 0)
    await instance?.close()
    throw error
  }
}

function runningServer(instance: Instance, server: Server, options: ServeOptions): RunningServer {
  const { settings, log, signingKeys } = instance
  let stopping = false
  const app = createApp(instance, { ...options, isStopping: () => stopping, isWholeSite: true })
  signingKeys.prepare().catch((error: unknown) => log.warn({ err: error }, 'signing keys could not be made'))
  const deletions = carryOutDeletions({
    deletions: instance.deletions,
    onDeleted: (count) => log.info({ count }, 'accounts were deleted, as their owners wished'),
    onError: (error) => log.warn({ err: error }, 'accounts that are due could not be deleted; it is tried again'),
  })
  const notices = sendEndingNotices({
    send: createEndingNotices(instance),
    onError: (error) => log.warn({ err: error }, 'people could not be told of what ends; it is tried again'),
  })
  const reporting = reportingNode(instance)
  const url = localAddress(settings)
  for (const { setting, allows } of relaxationsOf(settings)) log.warn({ setting }, allows)
  const lacksMail = withoutMail(settings)
  if (lacksMail !== null) log[isDevelopment(settings) ? 'info' : 'warn']({ setting: 'smtpUrl' }, lacksMail)
  log.info({ url, development: isDevelopment(settings) }, 'listening')
  return {
    url,
    instance,
    app,
    stop: async () => {
      if (stopping) return
      stopping = true
      await closed(server, settings.shutdownGrace * 1000)
      await Promise.all([deletions.close(), notices.close(), reporting.close()])
      await instance.close()
      log.info('stopped')
    },
  }
}

/** A caller that dawdles over its headers or body holds a connection no longer than this. */
const limits = {
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  // Two Content-Length or Host headers, or a bare line feed, are how requests are smuggled past a proxy (RFC 9112, 11.2).
  insecureHTTPParser: false,
}

async function listen(server: Server, { host, port }: Settings): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function closed(server: Server, grace: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), grace)
  await ended
  clearTimeout(timer)
}
