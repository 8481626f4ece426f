import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The processes that another one started, by number (Linux: proc_pid_stat(5); none elsewhere). */
export function childrenOf(parent: number): readonly number[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statusOf(Number(name))?.parent === parent)
    .map(Number)
}

/** Whether a process is there, and more than what is left of one that nobody waited for. */
export function isRunning(pid: number): boolean {
  const status = statusOf(pid)
  return status !== null && !'ZX'.includes(status.state)
}

/** What a process was started as. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

function statusOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return { state, parent: Number(parent) }
  } catch {
    return null
  }
}
