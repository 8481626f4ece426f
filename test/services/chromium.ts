import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { findProgram } from './debian-package.ts'

/**
 * Starts Debian's Chromium without connections of its own, in the build that has no windows to draw: the other one takes twice as
 * long. `CHROMIUM` names another one.
 */
export async function launchChromium(): Promise<Browser> {
  const candidates = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium-headless-shell']
  return chromium.launch({
    executablePath: findProgram(
      () => candidates.find((path) => path !== '' && existsSync(path)),
      'chromium-headless-shell',
    ),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
