import { createDesk } from './desk.ts'
import type { AddCommand } from './program.ts'

interface Options {
  readonly users?: boolean
  readonly keys?: boolean
}

/** Prints what "apply" would make, without secrets. */
export const exportState: AddCommand = (program) => {
  program
    .command('export')
    .description(
      'print groups, organisations, roles, service accounts and clients as "apply" takes them, without secrets',
    )
    .option('--users', 'users as well, with the organisations and the roles that they have')
    .option('--keys', 'keys of service accounts as well: what is set of them, not what they are')
    .addHelpText('after', '\nExample: doorward export > doorward.json')
    .action(async (options: Options, command) => {
      const { withInstance, print } = createDesk(command)
      const [{ exportDeclared }, { declaredStores }] = await Promise.all([
        import('../declared/export-declared.ts'),
        import('../server/declared-stores.ts'),
      ])
      const declared = await withInstance(async (instance) =>
        exportDeclared(declaredStores(instance, instance.database), options),
      )
      print(JSON.stringify(declared, null, 2), declared)
    })
}
