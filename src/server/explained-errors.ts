import { errorHelp } from '../api/error-help.ts'
import { anchorOfError, type ErrorGroup } from '../api/errors-page.ts'
import { type ErrorCode, errorCodes } from '../core/errors.ts'
import { oauthErrorHelp } from '../oauth/oauth-error-help.ts'
import { type OAuthErrorCode, oauthErrorCodes } from '../oauth/oauth-error.ts'

/** Every code of this server, for the page that explains them. */
export function explainedErrors(): readonly ErrorGroup[] {
  return [
    {
      heading: 'Of the API',
      errors: Object.entries(errorHelp).map(([code, help]) => ({
        code,
        status: errorCodes[code as ErrorCode][0],
        help,
      })),
    },
    {
      heading: 'Of OAuth endpoints',
      prefix: oauth,
      errors: Object.entries(oauthErrorHelp).map(([code, help]) => ({
        code,
        status: oauthErrorCodes[code as OAuthErrorCode],
        help,
      })),
    },
  ]
}

/** Where a code is explained; `null` for one that is not ours. */
export function whereExplained(code: string): string | null {
  if (Object.hasOwn(errorHelp, code)) return `${path}#${anchorOfError(code)}`
  return Object.hasOwn(oauthErrorHelp, code) ? `${path}#${anchorOfError(code, oauth)}` : null
}

const path = '/api/errors/'
const oauth = 'oauth-'
