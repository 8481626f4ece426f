import { randomBase62 } from '../crypto/random.ts'
import { askPassword } from './ask-password.ts'
import { CommandRefused } from './command-refused.ts'
import { createDesk, repeated } from './desk.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly email?: string
  readonly emailVerified?: boolean
  readonly staff?: boolean
  readonly superuser?: boolean
  readonly group?: readonly string[]
  readonly permission?: readonly string[]
  readonly passwordStdin?: boolean
  readonly password: boolean
  readonly mustChangePassword?: boolean
}

/** Makes a user. A password never stands on the command line, where the shell's history keeps it. */
export const createUser: AddCommand = (program) => {
  program
    .command('create-user')
    .description('make a user')
    .argument('<name>', 'the username')
    .option('--email <address>', 'the e-mail address')
    .option('--email-verified', 'it is known that they read mail there')
    .option('--staff', 'a member of staff')
    .option('--superuser', 'somebody who may do everything')
    .option('--group <name>', 'a group to be in; may be repeated', repeated)
    .option('--permission <name>', 'a permission of their own, such as notes.change; may be repeated', repeated)
    .option('--password-stdin', 'read the password from standard input')
    .option('--no-password', 'make a user who cannot sign in by password')
    .option('--must-change-password', 'they choose another password when they first sign in')
    .addHelpText('after', '\nExample: doorward create-user ada --email ada@example.com --staff')
    .action(async (name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      if (options.mustChangePassword === true && !options.password)
        throw new CommandRefused('--must-change-password needs a password to change. Leave --no-password out.')
      const asked = options.password ? await askPassword({ fromInput: options.passwordStdin === true }) : null
      const made = options.password && asked === null ? randomBase62(20) : null
      await withInstance(async ({ users, groups }) => {
        const known = await groups.list()
        const wanted = (options.group ?? []).map((group) => {
          const found = known.find((one) => one.name === group)
          if (found === undefined) throw new CommandRefused(`There is no group ${group}. Nothing was done.`)
          return found
        })
        const values = {
          username: name,
          password: asked ?? made,
          mustChangePassword: options.mustChangePassword === true,
          isStaff: options.staff === true || options.superuser === true,
          isSuperuser: options.superuser === true,
          permissions: options.permission ?? [],
          ...(options.email === undefined
            ? {}
            : { email: options.email, emailVerified: options.emailVerified === true }),
        }
        const user = await users.create(values, byCommandLine)
        for (const group of wanted) await groups.add(group.id, user.id, byCommandLine)
        const shown = made === null ? '' : ` The password, shown this once: ${made}`
        print(`The user ${user.username} (${user.id}) is made.${shown}`, {
          id: user.id,
          username: user.username,
          password: made,
        })
      })
    })
}
