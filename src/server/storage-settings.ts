import { z } from 'zod'
import { list, type Setting } from './setting.ts'

/** Settings of where things are kept: see `settings.ts`. */
export interface StorageSettings {
  readonly data: string
  readonly databaseUrl: string | null
  readonly secret: string | null
  readonly previousSecrets: readonly string[]
  readonly redisUrl: string | null
}

const group = 'Storage'

export const storageSettings: { readonly [Name in keyof StorageSettings]: Setting<StorageSettings[Name]> } = {
  data: {
    group,
    default: '.doorward',
    parse: z.string().min(1),
    meaning: 'The folder for the SQLite database and, in development, the generated secret.',
  },
  databaseUrl: {
    group,
    default: null,
    parse: z
      .string()
      .regex(/^(postgres(ql)?|sqlite):/, 'a database is postgres://… or sqlite:path')
      .nullable(),
    secret: true,
    meaning: 'postgres://user:password@host/name, or sqlite:path. Without it, doorward.sqlite3 in the data folder.',
  },
  secret: {
    group,
    default: null,
    parse: z.string().min(32, 'a secret has at least 32 characters; make one with: openssl rand -base64 32').nullable(),
    secret: true,
    meaning:
      'Seals signing keys and binds CSRF tokens. At least 32 characters. Without it, development mode makes one in the data folder.',
  },
  previousSecrets: {
    group,
    default: [],
    parse: list,
    secret: true,
    meaning: 'Secrets from before a change: they still open what they sealed.',
  },
  redisUrl: {
    group,
    default: null,
    parse: z
      .string()
      .regex(/^rediss?:/)
      .nullable(),
    secret: true,
    meaning: 'Counts throttles in Redis, for several nodes. Without it they are counted in the database.',
  },
}
