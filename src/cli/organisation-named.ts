import type { Organisation } from '../organisations/organisation-values.ts'
import type { Role } from '../organisations/role-values.ts'
import type { Instance } from '../server/instance.ts'
import { CommandMisused, CommandRefused } from './command-refused.ts'
import { isStanding, type Standing } from '../tokens/standing.ts'

/** Finds the organisation that an option names, by its short name or id. */
export async function organisationNamed({ orgs }: Instance, name: string): Promise<Organisation> {
  const found = (await orgs.organisations.findBySlug(name)) ?? (await orgs.organisations.find(name))
  if (found !== null) return found
  throw new CommandRefused(`There is no organisation ${name}. Make it with: doorward create-organisation ${name}`)
}

/** The same for an option that need not be given: `null` where it was not. */
export async function organisationOption(instance: Instance, name: string | undefined): Promise<Organisation | null> {
  return name === undefined ? null : organisationNamed(instance, name)
}

/** Finds a role by its name: one of the organisation before one that is there for all. */
export async function roleNamed({ orgs }: Instance, name: string, organisation: Organisation | null): Promise<Role> {
  const own = organisation === null ? null : await orgs.roles.findByName(name, organisation.id)
  const found = own ?? (await orgs.roles.findByName(name, null))
  if (found !== null) return found
  if (isStanding(name)) {
    throw new CommandRefused(`${name} is what somebody is in an organisation. Use: doorward add-member --as ${name}`)
  }
  throw new CommandRefused(`There is no role ${name}. Make it with: doorward create-role ${name}`)
}

/** `owner`, `admin` or `member`. */
export function standingOption(text: string): Standing {
  if (isStanding(text)) return text
  throw new CommandMisused(`${text} is nothing that somebody can be. Write owner, admin or member.`)
}
