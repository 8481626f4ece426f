import { CommandRefused } from './command-refused.ts'
import { createDesk } from './desk.ts'
import { organisationOption, roleNamed } from './organisation-named.ts'
import { byCommandLine, durationOption, receiverNamed, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly organisation?: string
  readonly for?: string
}

/** Gives somebody a role, everywhere or within an organisation. */
export const grantRole: AddCommand = (program) => {
  program
    .command('grant-role')
    .description('give a user a role')
    .argument('<role>', 'its name')
    .argument('<user>', 'the username or e-mail address')
    .option('--organisation <name>', 'where it counts (everywhere)')
    .option('--for <duration>', 'for how long, such as 8h (no end)')
    .addHelpText('after', '\nExample: doorward grant-role editor ada --for 8h')
    .action(async (roleName: string, name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const seconds = durationOption(options.for)
      await withInstance(async (instance) => {
        await receiverNamed(instance, name)
        const { organisation, role, user } = await found(instance, roleName, name, options)
        const endsAt = seconds === null ? null : Math.floor(instance.clock()) + seconds * 1000
        const target = { roleId: role.id, userId: user.id, organisationId: organisation?.id ?? null }
        await instance.orgs.roleGrants.grant({ ...target, endsAt }, byCommandLine)
        const where = organisation === null ? '' : ` in ${organisation.slug}`
        const until = endsAt === null ? '' : ` until ${new Date(endsAt).toISOString()}`
        print(`${user.username} has the role ${role.name}${where}${until}.`, { ...target, endsAt })
      })
    })
}

/** Takes a role from somebody. */
export const revokeRole: AddCommand = (program) => {
  program
    .command('revoke-role')
    .description('take a role from a user')
    .argument('<role>', 'its name')
    .argument('<user>', 'the username or e-mail address')
    .option('--organisation <name>', 'where it counts (everywhere)')
    .addHelpText('after', '\nExample: doorward revoke-role editor ada')
    .action(async (roleName: string, name: string, options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const { organisation, role, user } = await found(instance, roleName, name, options)
        const target = { roleId: role.id, userId: user.id, organisationId: organisation?.id ?? null }
        const isTaken = await instance.orgs.roleGrants.revoke(target, byCommandLine)
        if (!isTaken) throw new CommandRefused(`${user.username} does not have the role ${role.name} there.`)
        print(`${user.username} has the role ${role.name} no more.`, target)
      })
    })
}

async function found(instance: Parameters<typeof userNamed>[0], roleName: string, userName: string, options: Options) {
  const organisation = await organisationOption(instance, options.organisation)
  return {
    organisation,
    role: await roleNamed(instance, roleName, organisation),
    user: await userNamed(instance, userName),
  }
}
