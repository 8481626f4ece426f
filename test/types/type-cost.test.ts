import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

let folder = ''

before(async () => {
  mkdirSync('.data', { recursive: true })
  folder = mkdtempSync(join('.data', 'types-'))
  // What is published is declarations: an application does not check our sources.
  await tsc(['-p', 'tsconfig.build.json', '--noCheck', '--emitDeclarationOnly', '--outDir', join(folder, 'doorward')])
})

after(() => rmSync(folder, { recursive: true }))

describe('the types of the package', () => {
  it('cost an application that uses everything under 40,000 instantiations more than its frameworks do', async () => {
    const [whole, bare] = await Promise.all([instantiations('whole-app'), instantiations('bare-app')])
    assert.ok(bare > 0)
    assert.ok(whole - bare < 40_000, `${whole - bare} instantiations: ${whole}, of which the frameworks need ${bare}`)
  })
})

/** Compiles an application against the declarations, without a fault. */
async function instantiations(name: string): Promise<number> {
  const compilerOptions = {
    declaration: false,
    isolatedDeclarations: false,
    customConditions: [],
    paths: { doorward: ['./doorward/index.d.ts'], 'doorward/*': ['./doorward/*.d.ts'] },
  }
  const project = join(folder, `${name}.json`)
  const files = [`../../test/types/${name}.ts`]
  writeFileSync(project, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [] }))
  const printed = await tsc(['--noEmit', '--extendedDiagnostics', '-p', project])
  assert.doesNotMatch(printed, /error TS/)
  return Number(/^Instantiations: +(\d+)$/m.exec(printed)?.[1] ?? Number.NaN)
}

async function tsc(words: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('node_modules/.bin/tsc', words, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
