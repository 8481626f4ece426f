import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A fenced block of a page: its text, and the line of the page on which it begins. */
export interface Block {
  readonly page: string
  readonly line: number
  readonly text: string
}

/** Every page that people read. */
export function pages(): readonly string[] {
  return globSync(['*.md', 'docs/**/*.md', 'bench/*.md']).toSorted()
}

/** The blocks of a page whose fence says this: `ts`, `sh runnable`. */
export function blocksOf(page: string, fence: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { line: number; lines: string[] } | null = null
  for (const [index, text] of readFileSync(page, 'utf8').split('\n').entries()) {
    if (open === null) open = text === `\`\`\`${fence}` ? { line: index + 2, lines: [] } : null
    else if (text === '```') {
      blocks.push({ page, line: open.line, text: open.lines.join('\n') })
      open = null
    } else open.lines.push(text)
  }
  return blocks
}

/** Compiles all blocks of TypeScript in one run. Faults are named by page and line. */
export async function compileBlocks(): Promise<{ readonly count: number; readonly faults: string }> {
  mkdirSync('.data', { recursive: true })
  const folder = mkdtempSync(join('.data', 'docs-'))
  try {
    const blocks = pages().flatMap((page) => blocksOf(page, 'ts'))
    for (const [index, block] of blocks.entries()) {
      // So many empty lines in front that the compiler counts as the page does.
      const text = '\n'.repeat(block.line - 1) + elsewhere(block, folder)
      writeFileSync(join(folder, `${block.page.replaceAll('/', '~')}~${index}.ts`), `${text}\nexport {}\n`)
    }
    const compilerOptions = {
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    )
    const printed = await tsc(folder)
    return {
      count: blocks.length,
      faults: printed.replaceAll(/^\S*?([^\s/]+)~\d+\.ts\(/gm, (_, name: string) => `${name.replaceAll('~', '/')}(`),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Relative imports are written as seen from the page. */
function elsewhere({ page, text }: Block, folder: string): string {
  return text.replaceAll(/ from '(\.\.?\/[^']+)'/g, (_, path: string) => {
    return ` from '${relative(folder, join(page, '..', path))}'`
  })
}

async function tsc(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('node_modules/.bin/tsc', ['--noEmit', '-p', folder], (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
