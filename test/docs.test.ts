import assert from 'node:assert/strict'
import { globSync, existsSync, readFileSync, readdirSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { errorHelp } from '../src/api/error-help.ts'
import { errorCodes } from '../src/core/errors.ts'
import { configurationPage } from '../src/server/settings-text.ts'
import { blocksOf, compileBlocks, pages } from './docs/blocks.ts'
import { errorRows, errorTable } from './docs/error-table.ts'
import { startQuickstart, type RunningQuickstart } from './docs/quickstart.ts'

describe('docs/errors.md', () => {
  it('lists every code with its status, as the page of errors has it: run "npm run docs" after a change', () => {
    const [rows] = errorRows.exec(readFileSync('docs/errors.md', 'utf8')) ?? []
    assert.equal(rows, errorTable())
    assert.deepEqual(Object.keys(errorHelp).toSorted(), Object.keys(errorCodes).toSorted())
  })
})

describe('docs/configuration.md', () => {
  it('is what the table of settings makes of it: run "npm run docs" after a change', () => {
    assert.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage())
  })
})

describe('the pages', () => {
  /** Pages with another name than their room. */
  const named: Readonly<Record<string, string>> = { cli: 'command-line' }

  it('are one a room of src, linked from the README', () => {
    const readme = readFileSync('README.md', 'utf8')
    const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
    const missing = rooms.flatMap(({ name: room }) => {
      const page = `docs/${named[room] ?? room}.md`
      if (!existsSync(page)) return [`${page} is missing`]
      return readme.includes(`](${page})`) ? [] : [`README.md has no link to ${page}`]
    })
    assert.deepEqual(missing, [])
  })

  it('name only files that are there', () => {
    const gone = pages().flatMap((page) => {
      const paths = readFileSync(page, 'utf8').matchAll(/`((?:src|test|examples|docs|bench)\/[\w./-]+\.(?:ts|md))`/g)
      return [...paths].filter(([, path]) => !existsSync(path ?? '')).map(([, path]) => `${page}: ${path}`)
    })
    assert.deepEqual(gone, [])
  })

  it('link only to pages that are there', () => {
    const broken = pages().flatMap((page) => {
      const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : ''
      const prose = readFileSync(page, 'utf8')
        .replaceAll(/^```[^]*?^```/gm, '')
        .replaceAll(/`[^`\n]*`/g, '')
      const links = prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)
      return [...links].filter(([, link]) => globSync(folder + link).length === 0).map(([, link]) => `${page}: ${link}`)
    })
    assert.deepEqual(broken, [])
  })

  it('hold TypeScript that compiles, each block by itself', async () => {
    const { count, faults } = await compileBlocks()
    assert.equal(faults, '')
    assert.ok(count > 20, `only ${count} blocks were found`)
  })
})

describe('the commands of the pages', () => {
  let quickstart: RunningQuickstart

  before(async () => {
    quickstart = await startQuickstart()
  })

  after(async () => quickstart.stop())

  for (const page of pages()) {
    const script = blocksOf(page, 'sh runnable').map(({ text }) => text)
    if (script.length === 0) continue
    it(`work as they stand in ${page}, beside the quick start`, async () => {
      const { code, output } = await quickstart.run(script.join('\n'))
      assert.equal(code, 0, output)
    })
  }
})
