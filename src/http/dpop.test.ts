import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { createDpopProofs, DpopInvalid } from './dpop.ts'
import { makeProofKey, type ProofChanges, type ProofKey } from './dpop.contract.ts'

const now = Date.UTC(2026, 5, 1)
const htu = 'https://id.example/o/token/'
const proofs = createDpopProofs({ clock: () => now })
const here = { method: 'POST', addresses: [htu] }
let key: ProofKey

before(async () => {
  key = await makeProofKey()
})

describe('createDpopProofs', () => {
  it('tells the key, the jti and the nonce of a proof that is right (RFC 9449, section 4.3)', () => {
    const proof = proofs.check(made({ claims: { jti: 'one', nonce: 'n1' } }), here)
    assert.deepEqual(proof, { jkt: key.jkt, jti: 'one', nonce: 'n1', expiresAt: now + 70_000 })
    assert.equal(proofs.check(made(), here).nonce, null)
  })

  it('takes every algorithm that it lists', async () => {
    for (const alg of ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS256'] as const) {
      const other = await makeProofKey(alg)
      assert.equal(proofs.check(other.prove({ htm: 'POST', htu, now }), here).jkt, other.jkt)
    }
  })

  it('refuses a proof of another typ, or without one: "the typ JOSE Header Parameter has the value dpop+jwt" [DP01]', () => {
    for (const typ of ['JWT', 'at+jwt', '', undefined]) refused({ header: { typ } }, /typ/)
  })

  it('refuses alg none, and a secret in place of a key pair: "MUST NOT be none or an identifier for a symmetric algorithm" [DP01]', () => {
    const unsigned = (header: object): string => {
      const parts = [header, { jti: 'a', htm: 'POST', htu, iat: now / 1000 }]
      return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    }
    const none = unsigned({ typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk })
    assert.throws(() => proofs.check(`${none}.AA`, here), DpopInvalid)
    const secret = Buffer.from(JSON.stringify(key.publicJwk))
    const input = unsigned({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: secret.toString('base64url') } })
    const signature = createHmac('sha256', secret).update(input).digest('base64url')
    assert.throws(() => proofs.check(`${input}.${signature}`, here), /algorithm/)
  })

  it('refuses a proof without jwk, with a private one, and with one that is no key: "MUST NOT contain a private key" [DP01]', () => {
    for (const jwk of [undefined, 'key', [], {}, { kty: 'EC' }, key.privateJwk, { kty: 'oct', k: 'AAAA' }]) {
      refused({ header: { jwk } }, /key|jwk/)
    }
  })

  it('refuses a signature of another key [DP01]', async () => {
    refused({ header: { jwk: (await makeProofKey()).publicJwk } }, /not signed/)
    const [header, , signature] = made().split('.')
    const [, claims] = made({ claims: { htm: 'POST' } }).split('.')
    assert.throws(() => proofs.check(`${header}.${claims}.${signature}`, here), /not signed/)
  })

  it('refuses another method, in another case too: methods have one [DP01]', () => {
    for (const htm of ['GET', 'post', '', 7, undefined]) refused({ claims: { htm } })
  })

  it('refuses another address, whatever the difference [DP01]', () => {
    const others = [
      'http://id.example/o/token/',
      'https://id.example/o/token',
      'https://id.example:8443/o/token/',
      'https://evil.example/o/token/',
      'https://id.example@evil.example/o/token/',
      'https://user@id.example/o/token/',
      'https://id.example/O/token/',
      'https://id.example/o/token/x',
      'https://id.example/o/%2e%2e/o/tokens/',
      '/o/token/',
      'javascript:alert(1)',
      `https://id.example/${'a'.repeat(3000)}`,
      '',
      7,
      undefined,
    ]
    for (const htu of others) refused({ claims: { htu } })
  })

  it('compares addresses without query and fragment, normalised: "ignoring any query and fragment parts"', () => {
    for (const same of [
      'https://id.example/o/token/?a=1#b',
      'HTTPS://ID.example:443/o/token/',
      'https://id.example/o/x/../token/',
      'https://id.example/o/%74oken/',
    ]) {
      assert.equal(proofs.check(made({ claims: { htu: same } }), here).jkt, key.jkt)
    }
  })

  it('takes a proof for a minute, and one from a clock that is a little ahead [DP01]', () => {
    for (const iat of [now / 1000 - 69, now / 1000 + 9]) {
      assert.equal(proofs.check(made({ claims: { iat } }), here).expiresAt, (iat + 70) * 1000)
    }
    for (const iat of [now / 1000 - 71, now / 1000 + 11, now, 0, -1, 1e300, null, '1', undefined])
      refused({ claims: { iat } })
  })

  it('refuses a proof without jti, or with one that is no text or too long [DP01]', () => {
    for (const jti of ['', 7, null, undefined, 'a'.repeat(257)]) refused({ claims: { jti } }, /jti/)
  })

  it('refuses two proofs: "There is not more than one DPoP HTTP request header field" [DP01]', () => {
    assert.throws(() => proofs.check(`${made()}, ${made()}`, here), /More than one/)
    assert.throws(() => proofs.check(`${made()},${made()}`, here), /More than one/)
  })

  it('refuses texts that are no JWT, of any size', () => {
    for (const text of ['', '.', '..', 'a.b.c', `${made()}.`, made().slice(1), 'a'.repeat(100_000), 'ä.ö.ü', '\0']) {
      assert.throws(() => proofs.check(text, here), DpopInvalid)
    }
  })

  it('binds a proof to the access token beside it: "the value of the ath claim equals the hash of that access token" [DP01]', () => {
    const bound = { ...here, accessToken: 'dw_at_1' }
    const ath = createHash('sha256').update('dw_at_1').digest('base64url')
    assert.equal(proofs.check(made({ claims: { ath } }), bound).jkt, key.jkt)
    for (const wrong of [undefined, null, '', 'dw_at_1', createHash('sha256').update('dw_at_2').digest('base64url')]) {
      assert.throws(() => proofs.check(made({ claims: { ath: wrong } }), bound), /access token/)
    }
  })
})

function made(changes?: ProofChanges): string {
  return key.prove({ htm: 'POST', htu, now }, changes)
}

function refused(changes: ProofChanges, message?: RegExp): void {
  assert.throws(
    () => proofs.check(made(changes), here),
    (error: Error) => error instanceof DpopInvalid && (message === undefined || message.test(error.message)),
    JSON.stringify(changes),
  )
}
