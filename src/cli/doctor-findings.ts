import type { Settings } from '../server/settings.ts'
import { databaseFindings } from './doctor-database.ts'
import { fileFindings } from './doctor-files.ts'
import { machineFindings } from './doctor-machine.ts'
import { mailFinding } from './doctor-mail.ts'
import { providerFindings } from './doctor-providers.ts'
import { redisFindings } from './doctor-redis.ts'
import { settingsFindings } from './doctor-settings.ts'
import type { Finding } from './finding.ts'

/** Everything that `doorward doctor` looks at, in the order in which it tells. */
export async function doctorFindings(settings: Settings): Promise<readonly Finding[]> {
  return [
    ...settingsFindings(settings),
    ...fileFindings(settings),
    ...(await databaseFindings(settings)),
    ...(await redisFindings(settings)),
    await mailFinding(settings),
    ...(await providerFindings(settings)),
    ...(await machineFindings(settings)),
  ]
}
