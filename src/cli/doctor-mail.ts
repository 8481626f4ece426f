import { mailFault, withoutMail } from '../server/mail-services.ts'
import type { Settings } from '../server/settings.ts'
import { ok, problem, warning, type Finding } from './finding.ts'

/** Whether mail goes anywhere, and whether the mail server answers and takes our credentials. */
export async function mailFinding(settings: Pick<Settings, 'smtpUrl' | 'smtpTls' | 'publicUrl'>): Promise<Finding> {
  const lacks = withoutMail(settings)
  if (lacks !== null) {
    return warning(lacks, 'Set smtpUrl (DOORWARD_SMTP_URL), such as smtp://user:password@mail.example.com:587.')
  }
  const fault = await mailFault(settings)
  if (fault === null) return ok('The mail server answers.')
  return problem(fault, 'Check smtpUrl (DOORWARD_SMTP_URL), and that the server is reached from here.')
}
