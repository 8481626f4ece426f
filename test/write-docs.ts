import { readFileSync, writeFileSync } from 'node:fs'
import { configurationPage } from '../src/server/settings-text.ts'
import { errorRows, errorTable } from './docs/error-table.ts'
import { roomTable } from './may-import.ts'

// What is made from the code in the pages: npm run docs.
writeFileSync('docs/configuration.md', configurationPage())

const architecture = 'docs/architecture.md'
const table = /\| room \| may import \|\n\|---\|---\|\n(?:\|.*\n)*/
writeFileSync(architecture, readFileSync(architecture, 'utf8').replace(table, roomTable))

const errors = 'docs/errors.md'
writeFileSync(errors, readFileSync(errors, 'utf8').replace(errorRows, errorTable()))
