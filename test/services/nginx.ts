import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './debian-package.ts'
import { eventually, startProcess } from './server-process.ts'

export interface Nginx {
  readonly close: () => Promise<void>
}

/** Starts an nginx with what stands in its http block; `ready` rejects until it answers. It ends with this process. */
export async function startNginx(http: string, ready: () => Promise<unknown>): Promise<Nginx> {
  const command = findProgram(() => programs.find((path) => existsSync(path)), 'nginx')
  const folder = mkdtempSync(join(tmpdir(), 'doorward-nginx-'))
  const log = join(folder, 'log')
  const file = join(folder, 'nginx.conf')
  mkdirSync(join(folder, 'cache'))
  writeFileSync(file, configuration(folder, http.replaceAll('/var/cache/nginx', join(folder, 'cache'))))
  const server = await startProcess({ command, arguments: ['-e', log, '-p', folder, '-c', file], log })
  const close = async (): Promise<void> => {
    await server.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await eventually(ready, 10_000)
  } catch (error) {
    const said = readFileSync(log, 'utf8')
    await close()
    throw new Error(`nginx did not start: ${said}`, { cause: error })
  }
  return { close }
}

const programs = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx']

/** One process, under whoever runs the tests, that writes into its folder alone. */
function configuration(folder: string, http: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  )
  return `daemon off;
master_process off;
pid ${join(folder, 'pid')};
events {}
http {
access_log off;
${paths.join('\n')}
${http}
}
`
}
