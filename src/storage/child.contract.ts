import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { apiTokenRow, openDatabase, userRow } from './databases.contract.ts'
import type { DatabaseAddress } from './databases.contract.ts'

/** What another process does to the database of a test. It writes lines, the first of which is `ready`. */
type Task = 'migrate' | 'first boot' | 'append' | 'ids'

export interface Child {
  readonly process: ChildProcess
  /** The next line that it writes; `null` when there are no more. */
  readonly line: () => Promise<string | null>
  /** Lets it begin: all children of a race are `ready` by then. */
  readonly begin: () => void
  /** What is left of its lines. Throws where it ended badly by itself. */
  readonly end: () => Promise<readonly string[]>
}

/** Starts another process on a database. It waits for `begin`. */
export async function startChild(task: Task, address: DatabaseAddress): Promise<Child> {
  const program = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, [program, task, JSON.stringify(address)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    return done === true ? null : value
  }
  if ((await line()) !== 'ready') throw new Error('The child did not start.')
  return {
    process: child,
    line,
    begin: () => child.stdin.end('go'),
    end: async () => {
      const rest = []
      for (let next = await line(); next !== null; next = await line()) rest.push(next)
      const [code, signal] = (await exit) as [number | null, string | null]
      if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The child ended with ${code ?? signal}.`)
      return rest
    },
  }
}

const tasks: Readonly<Record<Task, (address: DatabaseAddress) => Promise<void>>> = {
  migrate: async (address: DatabaseAddress) => {
    const database = await openDatabase(address)
    await database.migrate((step) => console.log(step))
    await database.close()
  },

  /** Makes the first user, unless there is one, as a server does at its first start. */
  'first boot': async (address: DatabaseAddress) => {
    const database = await openDatabase(address)
    await database.migrate()
    const made = await database.write(async (transaction) =>
      transaction
        .insertInto('users')
        .values(userRow(database.newId(), 'admin'))
        .onConflict((conflict) => conflict.column('username_key').doNothing())
        .returning('id')
        .executeTakeFirst(),
    )
    console.log(made === undefined ? 'found' : 'made')
    await database.close()
  },

  /** Appends until it is killed, 32 at a time, and writes the ids of what was acknowledged. */
  append: async (address: DatabaseAddress) => {
    const database = await openDatabase(address)
    const { id: user } = await database.read.selectFrom('users').select('id').executeTakeFirstOrThrow()
    const appendOnAndOn = async (): Promise<never> => {
      for (;;) {
        const id = database.newId()
        const audit = { event: 'token.created', actor: 'system', subject: `token:${id}` }
        await database.append({ api_tokens: apiTokenRow(id, user), audit })
        console.log(String(id))
      }
    }
    await Promise.all(Array.from({ length: 32 }, appendOnAndOn))
  },

  ids: async (address: DatabaseAddress) => {
    const database = await openDatabase(address)
    for (let count = 0; count < 2000; count += 1) console.log(String(database.newId()))
    await database.close()
  },
}

if (import.meta.main) {
  const [task, address] = process.argv.slice(2) as [Task, string]
  console.log('ready')
  await once(process.stdin, 'data')
  process.stdin.destroy()
  await tasks[task](JSON.parse(address) as DatabaseAddress)
}
