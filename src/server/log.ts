import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  /** The least that is written (`info`). */
  readonly level?: string
  /** Where it goes (standard output). */
  readonly to?: { readonly write: (line: string) => void }
}

/**
 * A log of JSON lines. What could hold a secret is redacted by its name, wherever a caller passes it: the log is read by
 * more people than the database.
 */
export function createLog({ level = 'info', to }: LogOptions = {}): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
    serializers: { err: withoutSecrets },
  }
  return to === undefined ? pino(options) : pino(options, to)
}

const secretNames = [
  'password',
  'secret',
  'token',
  'access',
  'refresh',
  'key',
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'privateKey',
  'csrfmiddlewaretoken',
]

const secretPaths = secretNames.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

/** An error as it is logged: its messages and stack with anything that looks like one of our tokens or a JWT cut out. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? cut(error) : error
  return {
    name: error.name,
    message: cut(error.message),
    stack: cut(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: withoutSecrets(error.cause) }),
  }
}

function cut(text: string): string {
  return text
    .replaceAll(/\b[a-z][a-z0-9]*_[a-z]+_[0-9A-Za-z]{11}_[0-9A-Za-z]{20,}/g, '[redacted token]')
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[redacted token]')
    .replaceAll(/(postgres(?:ql)?|rediss?):\/\/[^@\s/]+@/g, '$1://[redacted]@')
}
