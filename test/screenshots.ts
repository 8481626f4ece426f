import { spawn } from 'node:child_process'
import { globSync, mkdirSync, rmSync } from 'node:fs'

// Pictures of the screens, light at 1280 pixels and dark at 360, as the tests walk over them: npm run screenshots.
const folder = '.screenshots'
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const walks = globSync([
  'test/flows/{*-screens,device,openid,second-factors}.test.ts',
  'src/**/*.browser.test.ts',
]).toSorted()
const child = spawn(process.execPath, ['--conditions=doorward-source', '--test', ...walks], {
  stdio: 'inherit',
  env: { ...process.env, SHOTS: folder },
})
child.once('exit', (code) => {
  process.exitCode = code ?? 1
  process.stdout.write(`\nThe pictures are in ${folder}/.\n`)
})
