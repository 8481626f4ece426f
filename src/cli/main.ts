#!/usr/bin/env node
// The version is looked at before anything is loaded that an older Node could not read.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 7)) {
  process.stderr.write(
    `Doorward needs Node 24.7 or newer; this is ${process.versions.node}. Newer ones are at nodejs.org.\n`,
  )
  process.exit(1)
}
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv)
