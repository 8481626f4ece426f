import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Finds a program, and installs the package that holds it where that is possible without asking anybody: as root on
 * Debian and its kin. Everywhere else it throws with the command to run.
 */
export function findProgram(find: () => string | undefined, packageName: string): string {
  const found = find()
  if (found !== undefined) return found
  const command = `apt-get install -y ${packageName}`
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    for (const line of ['apt-get update', command]) {
      const [program, ...rest] = line.split(' ') as [string, ...string[]]
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
      const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8', env })
      if (status !== 0) throw new Error(`${line} failed: ${stderr}`)
    }
    const installed = find()
    if (installed !== undefined) return installed
  }
  throw new Error(`The tests need ${packageName}. On Debian and Ubuntu: sudo ${command}`)
}
