import { createDesk } from './desk.ts'
import { organisationNamed } from './organisation-named.ts'
import { byCommandLine } from './owner.ts'
import type { AddCommand } from './program.ts'

/** Suspends an organisation: its service accounts, keys and clients are refused from the next request on. */
export const suspendOrganisation: AddCommand = (program) => {
  program
    .command('suspend-organisation')
    .description('refuse the service accounts, keys and clients of an organisation, and the roles of its members')
    .argument('<organisation>', 'its short name or id')
    .addHelpText('after', '\nExample: doorward suspend-organisation acme')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const { id } = await organisationNamed(instance, name)
        const { slug } = await instance.orgs.organisations.suspend(id, byCommandLine)
        print(`${slug} is suspended.`, { organisation: slug, isSuspended: true })
      })
    })
}

/** Gives it all of that back. */
export const resumeOrganisation: AddCommand = (program) => {
  program
    .command('resume-organisation')
    .description('end the suspension of an organisation')
    .argument('<organisation>', 'its short name or id')
    .addHelpText('after', '\nExample: doorward resume-organisation acme')
    .action(async (name: string, _options: object, command) => {
      const { withInstance, print } = createDesk(command)
      await withInstance(async (instance) => {
        const { id } = await organisationNamed(instance, name)
        const { slug } = await instance.orgs.organisations.resume(id, byCommandLine)
        print(`${slug} goes on.`, { organisation: slug, isSuspended: false })
      })
    })
}
