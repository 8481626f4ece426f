import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfigurationFile } from './configuration-file.ts'
import { isDevelopment } from './is-development.ts'
import {
  readSettings,
  settingsFromEnvironment,
  SettingsInvalid,
  type GivenSettings,
  type Settings,
} from './settings.ts'

export interface ConfigurationSources {
  /** The folder in which `doorward.config.ts` is looked for (the current one). */
  readonly folder?: string
  /** A configuration file by name (`doorward.config.ts`, `.mts`, `.js` or `.mjs`). */
  readonly file?: string | undefined
  /** Where variables come from (`process.env`). */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Settings from the command line: they win. */
  readonly given?: GivenSettings
}

/** For `doorward.config.ts`: names what may be set, and gives it back. */
export function defineConfig(given: GivenSettings): GivenSettings {
  return given
}

/** Reads the settings: defaults, then the configuration file, then the environment, then what was given. */
export async function loadSettings(sources: ConfigurationSources = {}): Promise<Settings> {
  const { folder = process.cwd(), environment = process.env, given = {} } = sources
  const written = await readConfigurationFile(folder, sources.file)
  return readSettings({ ...written, ...settingsFromEnvironment(environment), ...given })
}

/**
 * The secret, from the settings or, in development, from a file in the data folder that is made at the first start and
 * that its owner alone can read. A server with a public address has to be given one.
 */
export function secretOf(settings: Settings): string {
  if (settings.secret !== null) return settings.secret
  if (!isDevelopment(settings)) {
    throw new SettingsInvalid([
      'secret: a server with a publicUrl needs one. Set DOORWARD_SECRET to the output of: openssl rand -base64 32',
    ])
  }
  const file = join(settings.data, 'secret')
  mkdirSync(settings.data, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) {
    try {
      writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // Another process was first: its secret is the one.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return readFileSync(file, 'utf8').trim()
}
