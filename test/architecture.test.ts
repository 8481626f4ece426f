import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { mayImport, roomTable } from './may-import.ts'

describe('the rooms of src', () => {
  const files = globSync('src/*/**/*.ts').filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.contract.ts'))

  it('import downward only, and no room imports a door', () => {
    const wrong = files.flatMap((file) => {
      const room = roomOf(file)
      return importsOf(file)
        .map((target) => ({ target, to: roomOf(target) }))
        .filter(({ to }) => to !== room && !(mayImport[room] ?? []).includes(to))
        .map(({ target }) => `${file} → ${target}`)
    })
    assert.deepEqual(wrong, [])
  })

  it('are all in the table, and the table has no circle', () => {
    assert.deepEqual(
      [...new Set(files.map(roomOf))].filter((room) => !(room in mayImport)),
      [],
    )
    const visit = (room: string, above: readonly string[]): void => {
      assert.ok(!above.includes(room), `circle: ${[...above, room].join(' → ')}`)
      for (const below of mayImport[room] ?? []) visit(below, [...above, room])
    }
    for (const room of Object.keys(mayImport)) visit(room, [])
  })

  it('are printed as they are in docs/architecture.md', () => {
    const page = readFileSync('docs/architecture.md', 'utf8')
    assert.ok(page.includes(roomTable()), 'docs/architecture.md has another table: npm run docs')
  })

  it('have no drawers: names that exclude nothing', () => {
    const drawers = /(^|\/)(utils?|helpers?|lib|common|shared|misc)(\/|\.ts$)|(^|\/)(types|constants)\.ts$/
    assert.deepEqual(
      globSync('src/**/*').filter((file) => drawers.test(file)),
      [],
    )
  })

  it('keep their files short: nothing over 400 lines but migrations', () => {
    const long = files.filter((file) => !/migrations\//.test(file) && lines(file) > 400)
    assert.deepEqual(long, [])
  })
})

describe('the doors of src', () => {
  it('are the exports of the package, and only re-export', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, { 'doorward-source'?: string }>
    }
    const declared = Object.values(exports).flatMap(({ 'doorward-source': source }) =>
      source === undefined ? [] : [source.slice(2)],
    )
    assert.deepEqual(globSync('src/*.ts').toSorted(), declared.toSorted())
    for (const door of declared) {
      const logic = readFileSync(door, 'utf8')
        .replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
        .replaceAll(/export (type )?(\{[^}]*\}|\*) from '[^']+'/g, '')
      assert.equal(logic.trim(), '', `${door} holds more than re-exports`)
    }
  })
})

function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...found].map(([, target]) => relative('.', join(dirname(file), target ?? '')))
}

function lines(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length
}
