import { createDesk } from './desk.ts'
import { byCommandLine, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Makes a link to a new password, for somebody whom no mail reaches. */
export const passwordLink: AddCommand = (program) => {
  program
    .command('password-link')
    .description('print a link with which a user chooses a new password; it works once')
    .argument('<user>', 'the username or e-mail address')
    .addHelpText('after', '\nExample: doorward password-link ada')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const user = await userNamed(instance, name)
        const { url, expiresAt } = await instance.byMail.resets.link(user.id, byCommandLine)
        const until = new Date(expiresAt).toISOString()
        print(`Hand this to ${user.username} alone. It works once, until ${until}:\n${url}`, {
          user: user.username,
          url,
          expiresAt: until,
        })
      })
    })
}

/** Has a user choose another password before they are let in again. */
export const requirePassword: AddCommand = (program) => {
  program
    .command('require-password-change')
    .description('sign a user out everywhere; they choose another password when they next sign in')
    .argument('<user>', 'the username or e-mail address')
    .addHelpText('after', '\nExample: doorward require-password-change ada')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const user = await userNamed(instance, name)
        await instance.requiredPasswords.ask(user.id, byCommandLine)
        print(`${user.username} is signed out, and has to choose another password.`, { user: user.username })
      })
    })
}
