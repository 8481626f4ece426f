import type { Site } from '../pages/layout.ts'
import { isDevelopment } from './is-development.ts'
import { whereExplained } from './explained-errors.ts'
import type { Settings } from './settings.ts'

/** What all pages of this server share. */
export function siteOf(settings: Settings): Site {
  return {
    siteName: settings.siteName,
    developmentMode: isDevelopment(settings),
    ...(settings.apiPages === 'off' ? {} : { whereExplained }),
  }
}
