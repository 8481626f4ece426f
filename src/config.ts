export { defineConfig } from './server/configuration.ts'
export type { GivenSettings, Settings } from './server/settings.ts'
