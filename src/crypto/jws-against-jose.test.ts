import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { constants, createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactVerify, errors } from 'jose'
import type { JwsAlgorithm, JwsKey } from './jws.ts'
import { parseJws, signJws, verifyJws } from './jws.ts'

/** Where we refuse what jose accepts, and how one sees that it is the case, without our own code. */
const stricter: Readonly<Record<string, (token: string) => boolean>> = {
  'base64url that can be spelt otherwise': (token) =>
    token.split('.').some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part),
  'an empty payload': (token) => token.split('.')[1] === '',
  'crit or b64': (token) => /"(crit|b64)"/.test(headerOf(token)),
  'a kid or typ that is no text': (token) => /"(kid|typ)":[^"]/.test(headerOf(token)),
  'a name that stands twice': (token) => /"alg".*"alg"|"kid".*"kid"/.test(headerOf(token)),
  'a member called __proto__': (token) => headerOf(token).includes('"__proto__"'),
  'a header nested more than 16 deep': (token) => headerOf(token).includes('['.repeat(16)),
  'a byte order mark': (token) => headerOf(token).startsWith('\ufeff'),
  'more than 8192 characters': (token) => token.length > 8192,
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
}
const secret = createSecretKey(randomBytes(64))

interface Signer {
  readonly verifying: JwsKey
  readonly signing: KeyObject
  /** The signature that Node makes on its own. */
  readonly sign: (input: string) => Buffer
}

const signatureFamilies = ['HS', 'RS', 'PS', 'ES'] as const
const sizes = ['256', '384', '512'] as const
const all: readonly JwsAlgorithm[] = [
  ...sizes.flatMap((size) => signatureFamilies.map((family) => `${family}${size}` as const)),
  'EdDSA',
]
const signers = Object.fromEntries(all.map((alg) => [alg, signerFor(alg)])) as Record<JwsAlgorithm, Signer>

const claims = [...all, 'none', 'None', 'NONE', 'nOnE', '', 'ES256K', 'EdDSA25519', 'Ed25519', 'HS1']
const claimedFalsely = claims.flatMap((alg) => {
  const signatures = [...all.map((signer) => signers[signer].sign), () => Buffer.alloc(0), () => Buffer.alloc(64)]
  return signatures.map((sign) => put({ alg }, '{"sub":"admin"}', sign))
})

describe('parseJws and verifyJws', () => {
  it('accept nothing that jose refuses, and refuse what it accepts for reasons that are listed only', async () => {
    const random = generator(20_261_124)
    const met = new Map<string, number>()
    let accepted = 0
    let refused = 0
    for (const { token, alg } of corpus(random)) {
      const ours = ourPayload(token, signers[alg].verifying)
      const theirs = await josePayload(token, signers[alg].verifying)
      const shown = `${alg} ${token.slice(0, 600)}`
      if (ours !== null) {
        accepted += 1
        assert.ok(theirs !== null, `jose refuses ${shown}`)
        assert.deepEqual(Buffer.from(theirs), ours, shown)
      } else if (theirs === null) {
        refused += 1
      } else {
        const reasons = Object.keys(stricter).filter((reason) => stricter[reason]?.(token))
        assert.notDeepEqual(reasons, [], `refused for no listed reason: ${shown}`)
        for (const reason of reasons) met.set(reason, (met.get(reason) ?? 0) + 1)
      }
    }
    // What the corpus does not reach, it does not test.
    assert.ok(accepted > 350, `accepted ${accepted}`)
    assert.ok(refused > 3000, `refused ${refused}`)
    assert.deepEqual([...met.keys()].toSorted(), Object.keys(stricter).toSorted())
  })

  it('make tokens that jose accepts, and accept those that jose would make', async () => {
    for (const alg of all) {
      const { verifying, signing, sign } = signers[alg]
      const token = signJws({ alg, kid: 'k', key: signing }, { typ: 'JWT' }, { sub: 'x' })
      assert.equal(Buffer.from((await josePayload(token, verifying)) ?? []).toString(), '{"sub":"x"}', alg)
      assert.equal(ourPayload(put({ alg }, '{"sub":"x"}', sign), verifying)?.toString(), '{"sub":"x"}', alg)
    }
  })
})

function ourPayload(token: string, key: JwsKey): Buffer | null {
  const jws = parseJws(token)
  return jws !== null && verifyJws(jws, key) ? jws.payload : null
}

async function josePayload(token: string, { alg, key }: JwsKey): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(token, key, { algorithms: [alg] })).payload
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}

interface Sample {
  readonly token: string
  /** The key that it is shown to. */
  readonly alg: JwsAlgorithm
}

function* corpus(random: (below: number) => number): Generator<Sample> {
  for (const alg of all) {
    const { sign } = signers[alg]
    yield* oddlySigned(alg, sign)
    yield* confused(alg)
    for (const payload of ['{"sub":"a","exp":1}', '{"sub":"bc","exp":1}', '{"sub":"def","exp":1}', '\xff\x00binary']) {
      const token = put({ alg, kid: 'k' }, payload, sign)
      yield { token, alg }
      for (const spelling of respelt(token)) yield { token: spelling, alg }
      for (let round = 0; round < 40; round += 1) yield { token: mutated(token, random), alg }
      for (let round = 0; round < 12; round += 1) yield { token: bitFlipped(token, random), alg }
      const other = all[random(all.length)] as JwsAlgorithm
      yield* swapped(token, put({ alg: other }, '{"sub":"other"}', signers[other].sign), alg, other)
    }
  }
}

/** Headers and payloads out of the ordinary, under a signature that is right. */
function* oddlySigned(alg: JwsAlgorithm, sign: Signer['sign']): Generator<Sample> {
  const headers = [
    `{"alg":"${alg}"}`,
    ` {\r\n"alg" : "${alg}" }\n`,
    `{"alg":"\\u00${alg.charCodeAt(0).toString(16)}${alg.slice(1)}"}`,
    `{"alg":"none","alg":"${alg}"}`,
    `{"alg":"${alg}","alg":"none"}`,
    `{"alg":"${alg}","kid":"a","kid":"b"}`,
    `{"alg":"${alg}","__proto__":{"kid":"x"}}`,
    `{"alg":"${alg}","crit":["exp"],"exp":1}`,
    `{"alg":"${alg}","crit":["b64"],"b64":true}`,
    `{"alg":"${alg}","crit":[]}`,
    `{"alg":"${alg}","b64":true}`,
    `{"alg":"${alg}","b64":false}`,
    `{"alg":"${alg}","kid":7}`,
    `{"alg":"${alg}","typ":null}`,
    `{"alg":"${alg}","jwk":{"kty":"oct","k":"AAAA"},"jku":"https://x.test","x5c":["MII"]}`,
    `{"alg":"${alg}","x":${'['.repeat(20)}${']'.repeat(20)}}`,
    `{"alg":"${alg}","x":${'['.repeat(15)}${']'.repeat(15)}}`,
    `{"alg":"${alg}","x":"${'\\"{['.repeat(40)}"}`,
    `{"alg":"${alg}","ünï":"🔑"}`,
    `\ufeff{"alg":"${alg}"}`,
    `{"alg":"${alg}",}`,
    `{"alg":["${alg}"]}`,
    `["${alg}"]`,
    `{"ALG":"${alg}"}`,
    '{}',
    'null',
    '',
    `{"alg":"${alg.toLowerCase()}"}`,
    `{"alg":"${alg} "}`,
  ]
  for (const header of headers) yield { token: put(header, '{"sub":"x"}', sign), alg }
  for (const payload of ['', '\0', 'x', '[]', 'x'.repeat(7000)]) yield { token: put({ alg }, payload, sign), alg }
}

/** Tokens that claim one algorithm and are signed with another, or with what a forger knows: nothing, or the public key. */
function* confused(alg: JwsAlgorithm): Generator<Sample> {
  for (const token of claimedFalsely) yield { token, alg }
  const known = alg.startsWith('HS') ? [''] : forms(signers[alg].verifying.key)
  for (const claimed of claims) {
    const hash = `sha${/256|384|512/.exec(claimed)?.[0] ?? '256'}`
    for (const key of known) {
      const hmac = (input: string) => createHmac(hash, key).update(input).digest()
      yield { token: put({ alg: claimed }, '{"sub":"admin"}', hmac), alg }
    }
  }
}

function forms(key: KeyObject): (string | Buffer)[] {
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  return [pem, pem.trim(), key.export({ type: 'spki', format: 'der' }), JSON.stringify(key.export({ format: 'jwk' }))]
}

/** The same bytes, spelt otherwise. */
function* respelt(token: string): Generator<string> {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const parts = token.split('.')
  for (const [index, part] of parts.entries()) {
    const last = alphabet[alphabet.indexOf(part.at(-1) ?? 'A') ^ 1] as string
    for (const text of [
      `${part}=`,
      `${part}==`,
      `${part} `,
      `\n${part}`,
      `${part.slice(0, 5)}\t${part.slice(5)}`,
      part.replaceAll('-', '+').replaceAll('_', '/'),
      `${part}A`,
      `${part}AA`,
      part.slice(0, -1) + last,
      part.slice(0, -1),
    ]) {
      yield parts.with(index, text).join('.')
    }
  }
}

/** A change somewhere in the text. */
function mutated(token: string, random: (below: number) => number): string {
  const at = random(token.length)
  const character = String.fromCharCode(random(4) === 0 ? random(0x1_0000) : token.charCodeAt(at) ^ (1 << random(7)))
  switch (random(6)) {
    case 0:
      return token.slice(0, at) + token.slice(at + 1)
    case 1:
      return token.slice(0, at) + character + token.slice(at)
    case 2:
      return token.slice(0, at)
    case 3:
      return `${token.slice(0, at)}.${token.slice(at)}`
    default:
      return token.slice(0, at) + character + token.slice(at + 1)
  }
}

/** A bit turned over in what a part holds. */
function bitFlipped(token: string, random: (below: number) => number): string {
  const parts = token.split('.')
  const index = random(3)
  const bytes = Buffer.from(parts[index] as string, 'base64url')
  const at = random(bytes.length)
  bytes[at] = (bytes[at] as number) ^ (1 << random(8))
  return parts.with(index, bytes.toString('base64url')).join('.')
}

/** Parts of two tokens, in every mixture, shown to both keys. */
function* swapped(one: string, two: string, alg: JwsAlgorithm, other: JwsAlgorithm): Generator<Sample> {
  const [a, b] = [one.split('.'), two.split('.')]
  for (let choice = 0; choice < 8; choice += 1) {
    const token = [0, 1, 2].map((index) => ((choice >> index) & 1 ? b : a)[index]).join('.')
    yield { token, alg }
    yield { token, alg: other }
  }
}

function put(header: object | string, payload: string, sign: Signer['sign']): string {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const input = `${Buffer.from(text).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
  return `${input}.${sign(input).toString('base64url')}`
}

function headerOf(token: string): string {
  return Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()
}

function signerFor(alg: JwsAlgorithm): Signer {
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  const family = alg.slice(0, 2)
  if (hash !== null && family === 'HS') {
    const hmac = (input: string) => createHmac(hash, secret).update(input).digest()
    return { verifying: { alg, key: secret }, signing: secret, sign: hmac }
  }
  const { publicKey, privateKey } = pairs[alg as keyof typeof pairs] ?? rsa
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 }
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' as const, ...(family === 'PS' ? pss : {}) }
  return {
    verifying: { alg, key: publicKey },
    signing: privateKey,
    sign: (input) => sign(hash, Buffer.from(input), options),
  }
}

/** Numbers below a bound, the same ones for the same seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
