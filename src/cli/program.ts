import { Command, CommanderError } from 'commander'
import { version } from '../server/version.ts'
import { apply } from './apply.ts'
import { backup } from './backup.ts'
import { CommandMisused } from './command-refused.ts'
import { createClient } from './create-client.ts'
import { createOrganisation } from './create-organisation.ts'
import { createKey } from './create-key.ts'
import { createRegistrationToken } from './create-registration-token.ts'
import { createRole } from './create-role.ts'
import { createServiceAccount } from './create-service-account.ts'
import { createToken } from './create-token.ts'
import { createUser } from './create-user.ts'
import { doctor } from './doctor.ts'
import { explainRequest } from './explain.ts'
import { exportState } from './export.ts'
import { importDjango } from './import-django.ts'
import { init } from './init.ts'
import { listClients } from './list-clients.ts'
import { listKeys } from './list-keys.ts'
import { listMembers } from './list-members.ts'
import { listOrganisations } from './list-organisations.ts'
import { listRoles } from './list-roles.ts'
import { listUsers } from './list-users.ts'
import { addMember, removeMember } from './members.ts'
import { migrate } from './migrate.ts'
import { purgeExpired } from './purge.ts'
import { revoke } from './revoke.ts'
import { rotateClientSecret } from './rotate-client-secret.ts'
import { rotateKeys } from './rotate-keys.ts'
import { sentence, withoutPassword } from './sentence.ts'
import { serveCommand } from './serve.ts'
import { passwordLink, requirePassword } from './password-commands.ts'
import { showSettings } from './settings.ts'
import { deleteClient, disableClient, enableClient } from './switch-client.ts'
import { resumeOrganisation, suspendOrganisation } from './switch-organisation.ts'
import { grantRole, revokeRole } from './switch-role.ts'
import { disableUser, enableUser } from './switch-user.ts'
import { updateClient } from './update-client.ts'
import { verifyAuditLog } from './verify-audit.ts'

/** Every command, in the order in which `--help` lists them. */
const commands = [
  init,
  serveCommand,
  migrate,
  createUser,
  createServiceAccount,
  createKey,
  createToken,
  createClient,
  updateClient,
  rotateClientSecret,
  createRegistrationToken,
  createOrganisation,
  addMember,
  removeMember,
  createRole,
  grantRole,
  revokeRole,
  revoke,
  disableUser,
  enableUser,
  passwordLink,
  requirePassword,
  suspendOrganisation,
  resumeOrganisation,
  disableClient,
  enableClient,
  deleteClient,
  listUsers,
  listKeys,
  listClients,
  listOrganisations,
  listMembers,
  listRoles,
  importDjango,
  apply,
  exportState,
  rotateKeys,
  explainRequest,
  doctor,
  showSettings,
  purgeExpired,
  backup,
  verifyAuditLog,
]

/** Runs a command line. Gives the exit code: 0, 1 for what cannot be done, 2 for what was not understood. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('doorward')
    .description('Authentication and authorization for TypeScript APIs.')
    .version(version, '-V, --version', 'print the version')
    .option('--config <file>', 'the configuration file (doorward.config.ts in this folder)')
    .option('--data <folder>', 'the data folder')
    .option('--database <url>', 'postgres://… or sqlite:path; with a password, better DOORWARD_DATABASE_URL')
    .option('--json', 'print results as one line of JSON')
    .option('--quiet', 'print results alone')
    .option('--verbose', 'print what goes on inside, and where errors come from')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
  let code = 0
  for (const add of commands) add(program, (result) => (code = result))
  try {
    await program.parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`${sentence(error)}\n`)
    if (program.opts<{ verbose?: boolean }>().verbose === true)
      process.stderr.write(`${withoutPassword(String((error as Error).stack))}\n`)
    return error instanceof CommandMisused ? 2 : 1
  }
}

/** Adds a command to the program; `done` sets the exit code where it is not 0. */
export type AddCommand = (program: Command, done: (code: number) => void) => void
