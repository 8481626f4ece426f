import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isRunning } from './services/child-processes.ts'
import { eventually } from './services/server-process.ts'
import { runTestProcess, type TestProcessResult } from './test-process.ts'

describe('runTestProcess', () => {
  it('tells what tests print, and at once what fails', async () => {
    const { hasPassed, output } = await run("it('works', () => undefined)")
    assert.equal(hasPassed, true)
    assert.match(output, /^ℹ pass 1$/m)

    const told: string[] = []
    const failing = await run("it('fails', () => { throw new Error('no') })", told)
    assert.equal(failing.hasPassed, false)
    assert.match(failing.output, /^ℹ fail 1$/m)
    assert.match(told.join(''), /✖ fails \(.*one\.test\.mjs\)\nError: no\n/)
  })

  it('kills a process that is stuck, and tells where it was and what it had said', async () => {
    const busy = await run(
      "it('first', () => undefined); it('busy', async function turning() { await new Promise((go) => setTimeout(go, 200)); for (;;); })",
    )
    assert.equal(busy.hasPassed, false)
    assert.match(busy.output, /has said nothing for 0 minutes, and was killed/)
    assert.match(busy.output, /✔ first/)
    assert.match(busy.output, /at .*turning/)

    const waiting = await run(
      "import { spawn } from 'node:child_process'; it('waits', async () => new Promise(() => spawn('sleep', ['4321'])))",
    )
    assert.equal(waiting.hasPassed, false)
    assert.match(waiting.output, /What it runs:\nwaits\n/)
    assert.match(waiting.output, /sleep 4321/)
    assert.match(waiting.output, /"type":"process"/)
  })

  it('kills a process in which something is left open after its tests', async () => {
    const { hasPassed, output } = await run(
      "import { createServer } from 'node:net'; it('listens', () => void createServer().listen(0, '127.0.0.1'))",
    )
    assert.equal(hasPassed, false)
    assert.match(output, /has said nothing/)
    assert.match(output, /"type":"tcp"/)
  })

  it('ends with whoever runs it, though a test takes the signal for its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorward-stuck-'))
    const [file, told] = [join(folder, 'one.test.mjs'), join(folder, 'pid')]
    writeFileSync(
      file,
      `import { writeFileSync } from 'node:fs'
      import { it } from 'node:test'
      process.on('SIGTERM', () => undefined)
      it('waits', async () => {
        writeFileSync(${JSON.stringify(told)}, String(process.pid))
        await new Promise((go) => setTimeout(go, 100_000))
      })`,
    )
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const program = `const { runTestProcess } = await import(${JSON.stringify(new URL('test-process.ts', import.meta.url).href)})
      await runTestProcess({ files: [${JSON.stringify(file)}], env: process.env, onProgress: () => undefined, silence: 1e6, most: 1e6 })`
    const runner = spawn(process.execPath, ['--input-type=module', '-e', program], { env, stdio: 'ignore' })
    try {
      const pid = await eventually(async () => Number(readFileSync(told, 'utf8') || assert.fail()))
      const ended = once(runner, 'exit')
      runner.kill('SIGTERM')
      await ended
      await eventually(async () => assert.equal(isRunning(pid), false))
    } finally {
      runner.kill('SIGKILL')
      rmSync(folder, { recursive: true })
    }
  })

  it('does not wait for what holds on to the pipes of a process that is gone', async () => {
    const { hasPassed, output } = await run(
      "import { spawn } from 'node:child_process'; const left = spawn('sleep', ['4321'], { stdio: 'inherit', detached: true }); left.unref(); it('leaves ' + left.pid, () => undefined)",
    )
    assert.equal(hasPassed, true)
    assert.equal(process.kill(Number(/leaves (\d+)/.exec(output)?.[1]), 'SIGKILL'), true)
  })
})

async function run(program: string, told: string[] = []): Promise<TestProcessResult> {
  const folder = mkdtempSync(join(tmpdir(), 'doorward-stuck-'))
  const file = join(folder, 'one.test.mjs')
  writeFileSync(file, `import { it } from 'node:test'; ${program}`)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  try {
    return await runTestProcess({
      files: [file],
      env,
      onProgress: (text) => told.push(text),
      silence: 3000,
      most: 60_000,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
