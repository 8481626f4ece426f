import { AuthError } from '../core/errors.ts'
import { CommandMisused, CommandRefused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { byCommandLine, userNamed } from './owner.ts'
import type { Instance } from '../server/instance.ts'
import type { AddCommand } from './program.ts'

/** Ends one credential, or everything that a user was given. */
export const revoke: AddCommand = (program) => {
  program
    .command('revoke')
    .description('end a credential, or everything that a user was given')
    .argument('[kind]', 'key, token, session, certificate or registration-token')
    .argument('[id]', 'its id')
    .option('--all-of <user>', 'sign a user out everywhere: sessions, tokens and JWTs')
    .addHelpText('after', '\nExamples: doorward revoke key 0IXeFClJMTA\n          doorward revoke --all-of ada')
    .action(async (kind: string | undefined, id: string | undefined, options: { readonly allOf?: string }, command) => {
      const { withInstance, print } = createDesk(command)
      const { allOf } = options
      const end = kind !== undefined && Object.hasOwn(enders, kind) ? enders[kind] : undefined
      if (allOf === undefined ? end === undefined || id === undefined : kind !== undefined) {
        throw new CommandMisused(`Say what to end: ${Object.keys(enders).join(', ')}, and its id, or --all-of USER.`)
      }
      await withInstance(async (instance) => {
        if (allOf !== undefined) {
          const user = await userNamed(instance, allOf)
          await instance.users.signOutEverywhere(user.id, byCommandLine)
          print(`${user.username} is signed out everywhere.`, { user: user.username })
          return
        }
        if (end === undefined || id === undefined) return
        if (!(await end(instance, id))) throw new CommandRefused(`There is no ${kind} ${id}, or it has ended.`)
        print(`The ${kind} ${id} has ended.`, { kind, id })
      })
    })
}

const enders: Readonly<Record<string, (instance: Instance, id: string) => Promise<boolean>>> = {
  key: async ({ apiKeys }, id) =>
    apiKeys.revoke(id, { by: byCommandLine }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AuthError && error.code === 'not_found') return false
        throw error
      },
    ),
  token: async ({ apiTokens }, id) => apiTokens.revoke(id, { by: byCommandLine }),
  session: async ({ sessions }, id) => sessions.end(id, undefined, byCommandLine),
  'registration-token': async ({ oauth }, id) => oauth.registrationTokens.revoke(id, { by: byCommandLine }),
  certificate: async ({ clientCertificates }, id) => clientCertificates.revoke(id, { by: byCommandLine }),
}
