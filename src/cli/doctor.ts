import { availableParallelism } from 'node:os'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import { isDevelopment } from '../server/configuration.ts'
import { openDatabase, sqlitePath } from '../server/open-database.ts'
import type { Settings } from '../server/settings.ts'
import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

interface Finding {
  readonly verdict: 'ok' | 'warning' | 'problem'
  readonly what: string
  /** What to do about it. */
  readonly fix?: string
}

/** Looks for what is insecure or broken, and says how to mend it. */
export const doctor: AddCommand = (program, done) => {
  program
    .command('doctor')
    .description('name what is insecure or broken, and the fix')
    .addHelpText('after', '\nExample: doorward doctor')
    .action(async (_options: object, command) => {
      const { settings: load, print } = createDesk(command)
      const settings = await load()
      const findings = [
        ...addressFindings(settings),
        ...secretFindings(settings),
        ...fileFindings(settings),
        ...proxyFindings(settings),
        ...limitFindings(settings),
        ...(await databaseFindings(settings)),
        ...(await machineFindings()),
      ]
      const lines = findings.map(
        ({ verdict, what, fix }) => `${verdict.padEnd(8)} ${what}${fix === undefined ? '' : `\n         → ${fix}`}`,
      )
      print(lines.join('\n'), findings)
      if (findings.some(({ verdict }) => verdict === 'problem')) done(1)
    })
}

function addressFindings({ publicUrl }: Settings): Finding[] {
  if (publicUrl === null) {
    return [
      {
        verdict: 'warning',
        what: 'Development mode: no public address is set.',
        fix: 'Set publicUrl (DOORWARD_PUBLIC_URL), such as https://id.example.com.',
      },
    ]
  }
  if (publicUrl.startsWith('http:')) {
    return [
      {
        verdict: 'problem',
        what: `publicUrl is ${publicUrl}: cookies and tokens travel in clear.`,
        fix: 'Put TLS in front and set publicUrl to its https:// address.',
      },
    ]
  }
  return [{ verdict: 'ok', what: `The public address is ${publicUrl}.` }]
}

function secretFindings(settings: Settings): Finding[] {
  if (settings.secret !== null) return [{ verdict: 'ok', what: 'A secret is set.' }]
  if (isDevelopment(settings))
    return [{ verdict: 'ok', what: 'The secret is made in the data folder (development mode).' }]
  return [
    {
      verdict: 'problem',
      what: 'No secret is set.',
      fix: 'Set DOORWARD_SECRET to the output of: openssl rand -base64 32',
    },
  ]
}

function fileFindings(settings: Settings): Finding[] {
  const files = [join(settings.data, 'secret'), sqliteFile(settings)].filter((file): file is string => file !== null)
  return files.flatMap((file): Finding[] => {
    if (!existsSync(file)) return []
    const isOpen = (statSync(file).mode & 0o077) !== 0
    return isOpen
      ? [{ verdict: 'problem', what: `${file} can be read by others.`, fix: `chmod 600 ${file}` }]
      : [{ verdict: 'ok', what: `${file} is its owner's alone.` }]
  })
}

function sqliteFile(settings: Settings): string | null {
  const { databaseUrl } = settings
  return databaseUrl === null || databaseUrl.startsWith('sqlite:') ? sqlitePath(settings) : null
}

function proxyFindings(settings: Settings): Finding[] {
  const everyone = (list: readonly string[]): boolean => list.some((range) => /^(0\.0\.0\.0|::)\/0$/.test(range))
  const lists = {
    trustedProxies: settings.trustedProxies,
    remoteUserPeers: settings.remoteUserPeers,
    clientCertificatePeers: settings.clientCertificatePeers,
  }
  const open = Object.entries(lists).filter(([, list]) => everyone(list))
  const closed =
    settings.authenticators.includes('remoteUser') &&
    settings.remoteUserPeers.length === 0 &&
    settings.remoteUserSecret === null
  return [
    ...open.map(([name]): Finding => ({
      verdict: 'problem',
      what: `${name} trusts every address: anyone can be anyone.`,
      fix: `Name your own proxies in ${name}.`,
    })),
    ...(closed ? [{ verdict: 'ok', what: 'Remote user is closed: it has no peers.' } as const] : []),
  ]
}

function limitFindings({ bodyLimit, guessesPerAddress, failuresPerAddress, accessTokenLifetime }: Settings): Finding[] {
  const findings: Finding[] = []
  if (bodyLimit > 1_048_576)
    findings.push({
      verdict: 'warning',
      what: `Bodies may have ${bodyLimit} bytes.`,
      fix: 'Lower bodyLimit: no request here needs more than 64 KiB.',
    })
  if (guessesPerAddress === null || failuresPerAddress === null)
    findings.push({
      verdict: 'warning',
      what: 'A throttle on guessing is switched off.',
      fix: 'Set guessesPerAddress and failuresPerAddress.',
    })
  if (accessTokenLifetime > 86_400)
    findings.push({
      verdict: 'warning',
      what: 'Access tokens live for more than a day.',
      fix: 'Lower accessTokenLifetime; refresh tokens are for longer sign-ins.',
    })
  return findings
}

async function databaseFindings(settings: Settings): Promise<Finding[]> {
  try {
    const database = await openDatabase(settings)
    try {
      await database.ping()
      const pending = await database.pendingMigrations()
      return [
        { verdict: 'ok', what: `The database answers (${database.dialect}).` },
        pending.length === 0
          ? { verdict: 'ok', what: 'The schema is up to date.' }
          : { verdict: 'problem', what: `The schema lacks ${pending.join(', ')}.`, fix: 'doorward migrate' },
      ]
    } finally {
      await database.close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [
      {
        verdict: 'problem',
        what: `The database cannot be opened: ${why.replaceAll(/\/\/[^@\s/]+@/g, '//[redacted]@')}`,
        fix: 'Check databaseUrl, and that the database runs.',
      },
    ]
  }
}

async function machineFindings(): Promise<Finding[]> {
  const hasher = createPasswordHasher()
  const started = performance.now()
  await hasher.hash('how long does a hash take here')
  const took = Math.round(performance.now() - started)
  await hasher.close()
  const cores = availableParallelism()
  const pool = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
  return [
    { verdict: took > 500 ? 'warning' : 'ok', what: `Hashing a password takes ${took} ms here.` },
    ...(cores > 4 && pool < cores
      ? [
          {
            verdict: 'warning',
            what: `Node hashes on ${pool} threads, and there are ${cores} cores.`,
            fix: `Start with UV_THREADPOOL_SIZE=${cores}.`,
          } as const,
        ]
      : []),
  ]
}
