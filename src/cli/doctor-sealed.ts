import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSealer } from '../crypto/seal.ts'
import { isDevelopment } from '../server/is-development.ts'
import type { Settings } from '../server/settings.ts'
import type { Database } from '../storage/database.ts'
import { opensKeptSecret } from '../tokens/kept-secret.ts'
import { ok, problem, type Finding } from './finding.ts'

/** Whether the secret opens what the server has sealed: with another one it does not start. */
export async function sealedFindings({ read }: Database, settings: Settings): Promise<readonly Finding[]> {
  const file = join(settings.data, 'secret')
  const isMade = existsSync(file)
  // A server with a public address does not take the one of development mode.
  const secret = settings.secret ?? (isMade && isDevelopment(settings) ? readFileSync(file, 'utf8').trim() : null)
  if (secret === null) return []
  if (settings.secret === null && secret.length < shortest) {
    return [
      problem(
        `The file ${file} holds no secret: the server will not start.`,
        'Put back what was in it. Where nothing is stored yet, delete it: another one is made.',
      ),
    ]
  }
  const sealer = createSealer({ secret, previousSecrets: settings.previousSecrets })
  const kept = await read.selectFrom('kept_secrets').select(['name', 'value']).execute()
  if (kept.length === 0) return []
  if (kept.every((row) => opensKeptSecret(sealer, row))) return [ok('The secret opens what is stored.')]
  return [
    problem(
      'The secret does not open what is stored, which was sealed under another: the server will not start.',
      `Give that one in previousSecrets (DOORWARD_PREVIOUS_SECRETS)${
        isMade && settings.secret !== null ? `. That of development mode is in ${file}` : ''
      }.`,
    ),
  ]
}

/** Characters: see `createSealer`. */
const shortest = 32
