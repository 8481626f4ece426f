import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { createHmac, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { importKey, importPublicJwk } from './jwk.ts'
import type { JwsAlgorithm, JwsKey, ParsedJws } from './jws.ts'
import { parseJws, signJws, verifyJws } from './jws.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const secret = createSecretKey(randomBytes(64))
const pairs = {
  rsa,
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
}
const algorithms: Readonly<Record<JwsAlgorithm, { privateKey: KeyObject; publicKey: KeyObject }>> = {
  HS256: { privateKey: secret, publicKey: secret },
  HS384: { privateKey: secret, publicKey: secret },
  HS512: { privateKey: secret, publicKey: secret },
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: pairs.p256,
  ES384: pairs.p384,
  ES512: pairs.p521,
  EdDSA: pairs.ed25519,
}
const all = Object.keys(algorithms) as JwsAlgorithm[]
const signing = (alg: JwsAlgorithm): JwsKey => ({ alg, kid: 'k1', key: algorithms[alg].privateKey })
const verifying = (alg: JwsAlgorithm): JwsKey => ({ alg, kid: 'k1', key: algorithms[alg].publicKey })

/** The payload of RFC 7515, appendix A.1. */
const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

const a1 = importKey({
  alg: 'HS256',
  key: { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' },
})

/** Puts a token together by hand, with any header, signed as HS256 under the key of RFC 7515, appendix A.1. */
function handmade(header: string | Buffer, payload: string | Buffer = '{}'): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${createHmac('sha256', a1.key).update(input).digest('base64url')}`
}

const base64url = (bytes: string | Buffer) => Buffer.from(bytes as string).toString('base64url')

function parsed(token: string): ParsedJws {
  const jws = parseJws(token)
  assert.ok(jws !== null, token)
  return jws
}

describe('signJws', () => {
  it('signs what verifyJws and the public key accept, with every algorithm', () => {
    for (const alg of all) {
      const token = signJws(signing(alg), { typ: 'at+jwt' }, { sub: 'jürgen' })
      const jws = parsed(token)
      assert.deepEqual(jws.header, { alg, kid: 'k1', typ: 'at+jwt' })
      assert.equal(jws.payload.toString(), '{"sub":"jürgen"}')
      assert.equal(verifyJws(jws, verifying(alg)), true, alg)
      assert.equal(verifyJws(jws, signing(alg)), true, alg)
    }
  })

  it('signs bytes as they are', () => {
    const bytes = randomBytes(100)
    assert.deepEqual(parsed(signJws(a1, {}, bytes)).payload, bytes)
    assert.deepEqual(parsed(signJws(a1, {}, new Uint8Array(bytes))).payload, bytes)
  })

  it('gives the very token of RFC 8037, appendix A.4', () => {
    const key = importKey({
      alg: 'EdDSA',
      key: {
        kty: 'OKP',
        crv: 'Ed25519',
        d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      },
    })
    const token =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
    assert.equal(signJws(key, {}, Buffer.from('Example of Ed25519 signing')), token)
    assert.equal(verifyJws(parsed(token), key), true)
  })

  it('changes neither header nor payload [B-JWT-12]', () => {
    const header = Object.freeze({ typ: 'JWT' })
    const payload = Object.freeze({ sub: 'x', nested: Object.freeze({ a: [1] }) })
    signJws(a1, header, payload)
    assert.deepEqual([header, payload], [{ typ: 'JWT' }, { sub: 'x', nested: { a: [1] } }])
  })

  it('lets the header set neither algorithm nor key id, and no extension', () => {
    for (const name of ['alg', 'kid', 'crit', 'b64']) {
      assert.throws(() => signJws(a1, { [name]: 'none' }, {}), new RegExp(`may not set ${name}`))
    }
  })

  it('signs with no public key', () => {
    for (const alg of all.filter((alg) => !alg.startsWith('HS'))) {
      assert.throws(() => signJws(verifying(alg), {}, {}), /must be a private key to sign with/)
    }
  })
})

describe('parseJws', () => {
  const good = handmade('{"alg":"HS256"}', 'a payload whose parts have bits left over')

  it('takes a token apart', () => {
    const jws = parsed(good)
    assert.equal(jws.header.alg, 'HS256')
    assert.equal(jws.payload.toString(), 'a payload whose parts have bits left over')
    assert.equal(jws.signature.length, 32)
    assert.equal(`${jws.input}.${jws.signature.toString('base64url')}`, good)
  })

  it('wants three parts, none of them empty (RFC 7515, section 7.1)', () => {
    const [header, payload, signature] = good.split('.')
    const wrong = ['', '.', '..', '...', header, `${header}.${payload}`, `${good}.`, `${good}.${signature}`, `.${good}`]
    const empty = [`.${payload}.${signature}`, `${header}..${signature}`, `${header}.${payload}.`]
    for (const token of [...wrong, ...empty]) assert.equal(parseJws(token as string), null, token)
  })

  it('wants base64url in its one spelling: no padding, white space, other alphabet, or bits left over (section 2)', () => {
    const parts = good.split('.')
    for (const index of [0, 1, 2]) {
      const part = parts[index] as string
      const wrong = [
        `${part}=`,
        `${part}==`,
        `${part} `,
        ` ${part}`,
        `${part}\n`,
        `${part.slice(0, 4)}\r\n${part.slice(4)}`,
      ]
      const alphabets = [
        `+${part.slice(1)}`,
        `/${part.slice(1)}`,
        `é${part.slice(1)}`,
        `\0${part.slice(1)}`,
        `${part}A`,
      ]
      // Of the last character, only some bits count where a part is no multiple of four.
      const respelt = part.length % 4 === 0 ? [] : [part.slice(0, -1) + next(part.at(-1) as string)]
      for (const text of [...wrong, ...alphabets, ...respelt]) {
        if (text === `${part}A` && text.length % 4 !== 1) continue
        assert.equal(parseJws(parts.with(index, text).join('.')), null, JSON.stringify(text))
      }
    }
    assert.equal(parts[2]?.length, 43)
  })

  it('wants a header that is a JSON object in UTF-8 with a text as alg', () => {
    const wrong = ['', '{', 'null', '[]', '"HS256"', '1', '{}', '{"alg":1}', '{"alg":null}', '{"alg":["HS256"]}']
    const odd = [
      '\ufeff{"alg":"HS256"}',
      '{"alg":"HS256"}x',
      "{'alg':'HS256'}",
      '{"ALG":"HS256"}',
      '{"alg":"HS256","kid":1}',
    ]
    for (const header of [...wrong, ...odd, '{"alg":"HS256","typ":{}}', '{"alg":"HS256","kid":null}']) {
      assert.equal(parseJws(handmade(header)), null, header)
    }
    assert.equal(parseJws(handmade(Buffer.from('{"alg":"HS256","x":"\xff"}', 'latin1'))), null)
  })

  it('refuses a header with two members of one name (section 4), however it is spelt', () => {
    const doubled = [
      '{"alg":"none","alg":"HS256"}',
      '{"alg":"HS256","kid":"a","kid":"a"}',
      '{"alg":"HS256","\\u0061lg":"x"}',
    ]
    for (const header of [
      ...doubled,
      '{"alg":"HS256", "x" : {"y":1}, "x":[]}',
      '{"alg":"HS256","__proto__":{"kid":"x"}}',
    ]) {
      assert.equal(parseJws(handmade(header)), null, header)
    }
    const single = [
      '{"alg":"HS256","x":{"alg":1,"y":2},"z":["alg",{"alg":2}]}',
      String.raw`{"alg":"HS256","x":"\",\":{","y":"\\"}`,
    ]
    for (const header of single) assert.notEqual(parseJws(handmade(header)), null, header)
  })

  it('refuses extensions that it does not understand: crit and b64 [B-JWT-18]', () => {
    for (const more of [
      '"crit":["b64"],"b64":false',
      '"crit":["exp"]',
      '"crit":[]',
      '"crit":null',
      '"b64":false',
      '"b64":true',
    ]) {
      assert.equal(parseJws(handmade(`{"alg":"HS256",${more}}`)), null, more)
    }
  })

  it('refuses what is too long or too deep before it is read [B-JWT-19]', () => {
    const long = handmade('{"alg":"HS256"}', 'x'.repeat(7000))
    assert.equal(parseJws(long), null)
    assert.notEqual(parseJws(long, { maxLength: long.length }), null)
    assert.equal(parseJws(long, { maxLength: long.length - 1 }), null)
    const nested = (depth: number) => handmade(`{"alg":"HS256","x":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    assert.notEqual(parseJws(nested(15)), null)
    for (const depth of [16, 17, 1000, 2500]) assert.equal(parseJws(nested(depth)), null)
    assert.equal(parseJws(handmade(`{"alg":"HS256","x":${'{"x":'.repeat(500)}`)), null)
    // What opens within a text is no nesting.
    assert.notEqual(parseJws(handmade(`{"alg":"HS256","x":"${'['.repeat(500)}"}`)), null)
  })

  it('refuses what is no text', () => {
    for (const value of [undefined, null, 1, {}, [good], Buffer.from(good)])
      assert.equal(parseJws(value as never), null)
  })

  it('gives headers that nobody can change for the next token', () => {
    const jws = parsed(handmade('{"alg":"HS256","x":{"y":[1]}}'))
    assert.throws(() => Object.assign(jws.header, { alg: 'none' }), TypeError)
    assert.throws(() => (jws.header['x'] as { y: number[] }).y.push(2), TypeError)
    assert.deepEqual(parsed(handmade('{"alg":"HS256","x":{"y":[1]}}')).header, { alg: 'HS256', x: { y: [1] } })
  })

  it('reads many different headers right, one after the other and again', () => {
    for (let round = 0; round < 2; round += 1) {
      for (let number = 0; number < 200; number += 1) {
        assert.equal(parsed(handmade(`{"alg":"HS256","kid":"${number}"}`)).header.kid, String(number))
      }
    }
  })
})

describe('verifyJws', () => {
  it('accepts the tokens of RFC 7515, appendices A.1 to A.4', () => {
    const token = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${joe}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`
    assert.equal(verifyJws(parsed(token), a1), true)

    const a2 = importPublicJwk({
      kty: 'RSA',
      alg: 'RS256',
      n:
        'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-' +
        'pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg' +
        '665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW' +
        'yuXpoQ',
      e: 'AQAB',
    })
    const signature =
      'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1' +
      'dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzD' +
      'wusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw'
    assert.equal(verifyJws(parsed(`eyJhbGciOiJSUzI1NiJ9.${joe}.${signature}`), a2), true)

    const a3 = importPublicJwk({
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    })
    const es256 = 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
    assert.equal(verifyJws(parsed(`eyJhbGciOiJFUzI1NiJ9.${joe}.${es256}`), a3), true)

    const a4 = importPublicJwk({
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    })
    const es512 =
      'AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX' +
      '3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn'
    assert.equal(verifyJws(parsed(`eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.${es512}`), a4), true)
  })

  it('refuses alg none in any case, signed or not (RFC 7515, appendix A.5) [B-JWT-03]', () => {
    assert.equal(parseJws(`eyJhbGciOiJub25lIn0.${joe}.`), null)
    for (const alg of ['none', 'None', 'NONE', 'nOnE', 'hs256', 'HS256 ', 'HS1', '', 'constructor', '__proto__']) {
      for (const key of [a1, verifying('RS256'), verifying('EdDSA')]) {
        assert.equal(verifyJws(parsed(handmade(JSON.stringify({ alg }))), key), false, alg)
      }
    }
  })

  it('refuses a header that names another algorithm than the key, with every pair of them [B-JWT-02]', () => {
    for (const alg of all) {
      const jws = parsed(signJws(signing(alg), {}, {}))
      for (const other of all) assert.equal(verifyJws(jws, verifying(other)), alg === other, `${alg} as ${other}`)
    }
  })

  it('refuses a public key as HMAC secret: a forger has it too [B-JWT-03]', () => {
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
    const forged = signJws({ alg: 'HS256', key: createSecretKey(Buffer.from(pem)) }, {}, { sub: 'admin' })
    assert.equal(verifyJws(parsed(forged), verifying('RS256')), false)
    for (const { publicKey, privateKey } of Object.values(pairs)) {
      for (const key of [publicKey, privateKey]) {
        assert.throws(() => verifyJws(parsed(forged), { alg: 'HS256', key }), /must be a secret key/)
      }
    }
  })

  it('refuses header or payload of one token with the signature of another [B-JWT-04]', () => {
    for (const alg of all) {
      const [header1, payload1, signature1] = signJws(signing(alg), { typ: 'a' }, { sub: '1' }).split('.')
      const [header2, payload2, signature2] = signJws(signing(alg), { typ: 'b' }, { sub: '2' }).split('.')
      for (const token of [
        `${header1}.${payload2}.${signature1}`,
        `${header2}.${payload1}.${signature1}`,
        `${header1}.${payload1}.${signature2}`,
        `${header2}.${payload2}.${signature1}`,
      ]) {
        assert.equal(verifyJws(parsed(token), verifying(alg)), false, alg)
      }
    }
  })

  it('refuses the signature of another key, and signatures that are cut, longer, empty of sense or in DER', () => {
    const others = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    assert.equal(
      verifyJws(parsed(signJws({ alg: 'ES256', key: others.privateKey }, {}, {})), verifying('ES256')),
      false,
    )
    for (const alg of all) {
      const jws = parsed(signJws(signing(alg), {}, {}))
      const { signature } = jws
      const wrong = [
        signature.subarray(1),
        signature.subarray(0, -1),
        Buffer.concat([signature, Buffer.of(0)]),
        Buffer.concat([Buffer.of(0), signature]),
        Buffer.alloc(signature.length),
        Buffer.alloc(signature.length, 0xff),
        Buffer.of(0),
        Buffer.alloc(5000, 1),
        Buffer.from('3006020101020101', 'hex'),
      ]
      for (const changed of wrong) {
        assert.equal(verifyJws({ ...jws, signature: changed }, verifying(alg)), false, `${alg} ${changed.length}`)
      }
    }
  })

  it('refuses ECDSA signatures with r or s of zero, or of the order and above (FIPS 186-5, section 6.4.2)', () => {
    const jws = parsed(signJws(signing('ES256'), {}, {}))
    const [r, s] = [jws.signature.subarray(0, 32), jws.signature.subarray(32)]
    const zero = Buffer.alloc(32)
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
    for (const [first, second] of [
      [zero, s],
      [r, zero],
      [zero, zero],
      [order, s],
      [r, order],
      [order, order],
    ] as const) {
      assert.equal(verifyJws({ ...jws, signature: Buffer.concat([first, second]) }, verifying('ES256')), false)
    }
  })

  it('never uses a key that the token brings along: jwk, jku, x5u, x5c [B-JWT-18]', () => {
    const attacker = generateKeyPairSync('ed25519')
    const jwk = attacker.publicKey.export({ format: 'jwk' })
    const header = { jwk, jku: 'https://attacker.test/jwks', x5u: 'https://attacker.test/x5u', x5c: ['MII'] }
    const forged = signJws({ alg: 'EdDSA', kid: 'k1', key: attacker.privateKey }, header, { sub: 'admin' })
    assert.equal(verifyJws(parsed(forged), verifying('EdDSA')), false)
    const honest = signJws(signing('EdDSA'), header, {})
    assert.equal(verifyJws(parsed(honest), verifying('EdDSA')), true)
  })
})

/** The next character of the base64url alphabet, which differs in the lowest bits. */
function next(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(character) ^ 1] as string
}
