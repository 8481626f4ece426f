import { isUtf8 } from 'node:buffer'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandRefused } from './command-refused.ts'

/** Reads a new password: from standard input, or from the terminal without showing it; `null` where nobody sits at one. */
export async function askPassword({ fromInput }: { readonly fromInput: boolean }): Promise<string | null> {
  if (fromInput) return fromStandardInput()
  return process.stdin.isTTY ? fromTerminal() : null
}

/** The whole of it but one line end, which `echo` and files add. */
async function fromStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longest) throw new CommandRefused('Standard input is too long for a password. Nothing was done.')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  // A lenient decoder would turn different passwords into one.
  if (!isUtf8(bytes)) throw new CommandRefused('The password on standard input is not valid UTF-8. Nothing was done.')
  return bytes.toString().replace(/\r?\n$/, '')
}

async function fromTerminal(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    process.stderr.write('Password: ')
    const password = await lines.question('')
    process.stderr.write('\nAgain: ')
    const again = await lines.question('')
    process.stderr.write('\n')
    if (password !== again) throw new CommandRefused('The two passwords differ. Nothing was done.')
    return password
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
    throw new CommandRefused('\nNo password was given. Nothing was done.')
  } finally {
    lines.close()
  }
}

/** Bytes. What is too long for a password is said by the rules for passwords; this is for what is no password at all. */
const longest = 65_536
