import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './debian-package.ts'
import { eventually, startProcess } from './server-process.ts'

export interface Apache {
  readonly port: number
  readonly close: () => Promise<void>
}

/**
 * Starts Debian's Apache with mod_auth_openidc on a port, with these lines of configuration, in front of one page that
 * says who is signed in. It ends with this process.
 */
export async function startApache(port: number, lines: string): Promise<Apache> {
  const packages = 'apache2-bin libapache2-mod-auth-openidc'
  const command = findProgram(() => (existsSync(openidc) && existsSync(apache) ? apache : undefined), packages)
  const folder = mkdtempSync(join(tmpdir(), 'doorward-apache-'))
  const log = join(folder, 'log')
  const file = join(folder, 'apache.conf')
  mkdirSync(join(folder, 'pages'))
  writeFileSync(join(folder, 'pages', 'index.shtml'), 'signed in as <!--#echo var="REMOTE_USER" -->\n')
  writeFileSync(file, configuration(folder, port, lines), { mode: 0o600 })
  // Started as root, it reads its files as nobody.
  chmodSync(folder, 0o755)
  const server = await startProcess({ command, arguments: ['-DFOREGROUND', '-f', file], log })
  const close = async (): Promise<void> => {
    await server.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await eventually(async () => fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }), 15_000)
  } catch (error) {
    const said = readFileSync(log, 'utf8')
    await close()
    throw new Error(`Apache did not start: ${said}`, { cause: error })
  }
  return { port, close }
}

const apache = '/usr/sbin/apache2'
const modules = '/usr/lib/apache2/modules'
const openidc = `${modules}/mod_auth_openidc.so`

/** Under whoever runs the tests, writing into its folder alone. */
function configuration(folder: string, port: number, lines: string): string {
  const names = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'dir',
    'mime',
    'filter',
    'include',
    'auth_openidc',
  ]
  return `ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${join(folder, 'pid')}
DefaultRuntimeDir ${folder}
Mutex file:${folder}
User nobody
Group nogroup
ErrorLog /dev/stderr
${names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
TypesConfig /dev/null
DocumentRoot ${join(folder, 'pages')}
DirectoryIndex index.shtml
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
<Directory ${join(folder, 'pages')}>
Options +Includes
</Directory>
${lines}
`
}
