import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { findProgram } from '../services/debian-package.ts'

export interface PythonLibrary {
  /** The Debian packages that it comes in, with blanks between. */
  readonly packages: string
  /** The folder that is there once they are installed. */
  readonly module: string
}

export interface PythonScript {
  readonly library: PythonLibrary
  /** Where the script is, beside this file. */
  readonly file: string
  /** What the script is given, as JSON in its first argument. */
  readonly given: Readonly<Record<string, unknown>>
  /** Answers what the script asks for in a line of its own: an address to visit, with the one where that led to. */
  readonly visit: (url: string) => Promise<string>
}

export type Said = Readonly<Record<string, unknown>>

/** Runs a script, and returns the JSON of its last line. */
export async function runPython({ library, file, given, visit }: PythonScript): Promise<Said> {
  return run(library, [new URL(file, import.meta.url).pathname, JSON.stringify(given)], visit)
}

/** The same for the text of a script, which asks for nothing. */
export async function runPythonText(library: PythonLibrary, text: string): Promise<Said> {
  return run(library, ['-c', text], async (url) => Promise.reject(new Error(`The script asks for ${url}`)))
}

/** With Debian's Python. Rejects with what was written to standard error. */
async function run(
  { packages, module }: PythonLibrary,
  program: readonly string[],
  visit: PythonScript['visit'],
): Promise<Said> {
  const python = findProgram(() => (existsSync(module) ? '/usr/bin/python3' : undefined), packages)
  // Both libraries insist on https otherwise.
  const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1', OAUTHLIB_INSECURE_TRANSPORT: '1' }
  const child = spawn(python, ['-W', 'ignore', ...program], { env })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  let last = '{}'
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('visit ')) child.stdin.write(`${await visit(line.slice('visit '.length))}\n`)
    else last = line
  }
  const code = await ended
  if (code !== 0) throw new Error(`The script ended with ${code}:\n${said}`)
  return JSON.parse(last) as Said
}
