import { countersContract } from '../throttling/counters.contract.ts'
import { describeDatabases } from './databases.contract.ts'
import { sqlCounters } from './throttle-counters.ts'

describeDatabases('sqlCounters', (start) => {
  countersContract('sqlCounters', async () => {
    const fixture = await start()
    const database = await fixture.open()
    await database.migrate()
    return {
      counters: sqlCounters(database),
      close: async () => {
        await database.close()
        await fixture.remove()
      },
    }
  })
})
