import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SettingsInvalid, type GivenSettings } from './settings.ts'

/**
 * What the configuration file of a folder exports, or an empty object where there is none.
 * @throws {SettingsInvalid} naming the file, if it is not there, cannot be loaded, or exports no settings.
 */
export async function readConfigurationFile(folder: string, named: string | undefined): Promise<GivenSettings> {
  const file = named ?? fileNames.find((name) => existsSync(join(folder, name)))
  if (file === undefined) return {}
  const path = resolve(folder, file)
  if (!existsSync(path)) throw new SettingsInvalid([`The configuration file ${file} does not exist.`])
  const exported = await load(path, file)
  if (typeof exported !== 'object' || exported === null) {
    throw new SettingsInvalid([`${file} has to export its settings: export default defineConfig({ … }).`])
  }
  return exported
}

const fileNames = ['doorward.config.ts', 'doorward.config.mts', 'doorward.config.js', 'doorward.config.mjs']

async function load(path: string, file: string): Promise<unknown> {
  const modules = typeScriptIsModules()
  try {
    return ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default
  } catch (error) {
    throw new SettingsInvalid([`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`], {
      cause: error,
    })
  } finally {
    modules.deregister()
  }
}

/**
 * While the file is loaded, it and the TypeScript that it imports are ES modules, whatever "type" the nearest package.json
 * names: `npm init` writes "commonjs", and Node would refuse the file that `doorward init` wrote.
 */
function typeScriptIsModules(): { readonly deregister: () => void } {
  return registerHooks({
    load: (url, context, next) =>
      isOwnTypeScript(url) ? next(url, { ...context, format: 'module-typescript' }) : next(url, context),
  })
}

function isOwnTypeScript(url: string): boolean {
  if (!url.startsWith('file:')) return false
  const path = fileURLToPath(url)
  return path.endsWith('.ts') && !path.includes(`${sep}node_modules${sep}`)
}
