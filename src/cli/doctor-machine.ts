import { availableParallelism } from 'node:os'
import { createPasswordHasher } from '../crypto/password-hash.ts'
import type { Settings } from '../server/settings.ts'
import { ok, warning, type Finding } from './finding.ts'

/** What this machine and its Node make of the work. */
export async function machineFindings({ passwordConcurrency }: Settings): Promise<readonly Finding[]> {
  const took = await hashTime()
  const cores = availableParallelism()
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
  const wanted = passwordConcurrency ?? cores - 1
  return [
    ok(`Node is ${process.versions.node}.`),
    took > 500
      ? warning(`Hashing a password takes ${took} ms here: people wait.`, 'Give it a faster core.')
      : ok(`Hashing a password takes ${took} ms here.`),
    ...(cores > 4 && threads < wanted
      ? [
          warning(
            `Passwords are hashed on ${threads} threads, and there are ${cores} cores.`,
            `Start with UV_THREADPOOL_SIZE=${cores}.`,
          ),
        ]
      : []),
  ]
}

/** Milliseconds. */
async function hashTime(): Promise<number> {
  const hasher = createPasswordHasher()
  // The first one loads the program.
  await hasher.hash('how long does a hash take here')
  const started = performance.now()
  await hasher.hash('how long does a hash take here')
  const took = Math.round(performance.now() - started)
  await hasher.close()
  return took
}
