import { RequestRefused } from '../core/errors.ts'
import { eventBy } from '../accounts/acted-by.ts'
import { groupColumnsOf } from '../accounts/groups.ts'
import { formatId } from '../storage/id.ts'
import { keyIn, textIn } from './columns.ts'
import { faultsOf } from './faults-of.ts'
import { type Came, type Importing, stillHere, takeIn } from './importing.ts'
import { named, pairsIn, permissionNames } from './permission-names.ts'
import { rowsOf } from './source.ts'

/** The groups with their permissions. One whose name a group here has already does not come: it might give its members more. */
export async function importGroups(importing: Importing): Promise<Came> {
  const { source, imports, database, by } = importing
  const tally = importing.tally('groups')
  const permissions = await pairsIn(source, 'auth_group_permissions', 'group_id', 'permission_id')
  const names = await permissionNames(source)
  const here = new Set((await database.read.selectFrom('groups').select('name').execute()).map(({ name }) => name))
  const came = new Map<string, bigint>()

  for await (const row of rowsOf(source, 'auth_group', 'id')) {
    const key = keyIn(row, 'id') ?? ''
    const name = textIn(row, 'name')
    tally.found()
    const known = await imports.known(model, [key])
    if (known.size > 0) {
      tally.known()
      for (const [, id] of await stillHere(importing, 'groups', known)) came.set(key, id)
      continue
    }
    try {
      const granted = named(permissions.get(key) ?? [], names, source)
      const group = { id: database.newId(), ...groupColumnsOf({ name, permissions: granted }) }
      if (here.has(group.name)) {
        tally.left(`${name} (${key})`, 'A group of this name is here already. Rename one of the two.')
        continue
      }
      const detail = { name: group.name, permissions: granted, from: 'django' }
      const event = eventBy(by, 'group.created', `group:${formatId(group.id)}`, detail)
      await takeIn(importing, { model, came: [{ key, id: group.id, event }] }, async (unit) =>
        unit.insertInto('groups').values(group).execute(),
      )
      came.set(key, group.id)
      here.add(group.name)
      tally.made()
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      tally.left(`${name} (${key})`, faultsOf(error))
    }
  }
  return came
}

const model = 'auth.group'
