import { createDesk } from './desk.ts'
import { organisationNamed, standingOption } from './organisation-named.ts'
import { byCommandLine, receiverNamed, userNamed } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Makes somebody a member of an organisation, or something else in it. */
export const addMember: AddCommand = (program) => {
  program
    .command('add-member')
    .description('make a user a member of an organisation, or change what they are in it')
    .argument('<organisation>', 'its short name or id')
    .argument('<user>', 'the username or e-mail address')
    .option('--as <standing>', 'owner, admin or member', 'member')
    .addHelpText('after', '\nExample: doorward add-member acme ada --as admin')
    .action(async (organisation: string, name: string, options: { readonly as: string }, command) => {
      const { withInstance, print } = createDesk(command)
      const standing = standingOption(options.as)
      await withInstance(async (instance) => {
        const { members } = instance.orgs
        const { id, slug } = await organisationNamed(instance, organisation)
        const user = await receiverNamed(instance, name)
        const isMember = (await members.find(id, user.id)) !== null
        await members[isMember ? 'setStanding' : 'add'](id, user.id, standing, byCommandLine)
        const what = standing === 'member' ? 'a member' : `an ${standing}`
        print(`${user.username} is ${what} of ${slug}.`, { organisation: slug, user: user.username, standing })
      })
    })
}

/** Takes somebody out of an organisation. */
export const removeMember: AddCommand = (program) => {
  program
    .command('remove-member')
    .description('take a user out of an organisation, with the roles that they have there')
    .argument('<organisation>', 'its short name or id')
    .argument('<user>', 'the username or e-mail address')
    .addHelpText('after', '\nExample: doorward remove-member acme ada')
    .action(async (organisation: string, name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const { id, slug } = await organisationNamed(instance, organisation)
        const user = await userNamed(instance, name)
        await instance.orgs.members.remove(id, user.id, byCommandLine)
        print(`${user.username} is out of ${slug}.`, { organisation: slug, user: user.username })
      })
    })
}
