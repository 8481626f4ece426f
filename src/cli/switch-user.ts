import { createDesk } from './desk.ts'
import { byCommandLine, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Switches a user off: every credential of theirs is refused from the next request on. */
export const disableUser: AddCommand = (program) => {
  program
    .command('disable-user')
    .description('switch a user off; every credential of theirs is refused from now on')
    .argument('<user>', 'the username or e-mail address')
    .addHelpText('after', '\nExample: doorward disable-user ada')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const user = await instance.users.disable((await userNamed(instance, name)).id, byCommandLine)
        print(`${user.username} is switched off.`, { user: user.username, isActive: false })
      })
    })
}

/** Switches a user on again. What had ended stays so. */
export const enableUser: AddCommand = (program) => {
  program
    .command('enable-user')
    .description('switch a user on again; they have to sign in anew')
    .argument('<user>', 'the username or e-mail address')
    .addHelpText('after', '\nExample: doorward enable-user ada')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const user = await instance.users.enable((await userNamed(instance, name)).id, byCommandLine)
        print(`${user.username} is switched on.`, { user: user.username, isActive: true })
      })
    })
}
