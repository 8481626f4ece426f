import type { Settings } from './settings.ts'

/** Whether the server runs for its developer alone: no public address is set. */
export function isDevelopment(settings: Pick<Settings, 'publicUrl'>): boolean {
  return settings.publicUrl === null
}
