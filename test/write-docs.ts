import { writeFileSync } from 'node:fs'
import { configurationPage } from '../src/server/settings-text.ts'

// The pages that are made from the code: npm run docs.
writeFileSync('docs/configuration.md', configurationPage())
