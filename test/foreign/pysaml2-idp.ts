import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { samlKey } from '../../src/social/saml/saml-idp.contract.ts'
import { findProgram } from '../services/debian-package.ts'
import { freePort } from '../services/server-process.ts'

/** An identity provider that was written elsewhere, with Python's pysaml2 and xmlsec1. */
export interface ForeignIdp {
  readonly entityId: string
  /** Where it takes requests, to be answered in one of its ways. */
  readonly entryPoint: (way: IdpWay) => string
  /** What it signs with, in PEM. */
  readonly certificate: string
  /** Its metadata, as XML. */
  readonly metadata: () => Promise<string>
  readonly stop: () => Promise<void>
}

/** What it signs, or how. */
export type IdpWay = 'assertion' | 'response' | 'both' | 'none' | 'sha1' | 'transient'

export async function startForeignIdp(): Promise<ForeignIdp> {
  const there = ['/usr/lib/python3/dist-packages/saml2', '/usr/bin/xmlsec1']
  const python = findProgram(
    () => (there.every((path) => existsSync(path)) ? '/usr/bin/python3' : undefined),
    'python3-pysaml2 xmlsec1',
  )
  const folder = mkdtempSync(join(tmpdir(), 'doorward-saml-'))
  const { privateKey, certificate } = await samlKey()
  const files = { key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') }
  writeFileSync(files.key, privateKey, { mode: 0o600 })
  writeFileSync(files.certificate, certificate)
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const script = new URL('pysaml2_idp.py', import.meta.url).pathname
  const child = spawn(python, ['-W', 'ignore', script, JSON.stringify({ port, ...files })])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (first.value !== 'listening') {
    await stop()
    throw new Error(`The identity provider did not start:\n${said}`)
  }
  return {
    entityId: `${base}/idp`,
    entryPoint: (way) => `${base}/sso/${way}`,
    certificate,
    metadata: async () => (await fetch(`${base}/metadata`)).text(),
    stop,
  }
}
