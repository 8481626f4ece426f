import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { AuthenticationFailed } from '../core/errors.ts'
import { parseClientCertHeader, parseEscapedPem, parseXfcc } from './client-certificate-header.ts'

/** RFC 9440, appendix A, figure 1: the certificate of the example. */
const base64 =
  'MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAe' +
  'Fw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalR' +
  'hebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0Z' +
  'aSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUC' +
  'IBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk='
const der = Buffer.from(base64, 'base64')
const lines = base64.match(/.{1,64}/g)?.join('\n') ?? ''
const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
const escaped = encodeURIComponent(pem)

describe('parseClientCertHeader', () => {
  it('reads the byte sequence of RFC 9440, section 2.2 [B-REM-06]', () => {
    assert.deepEqual(parseClientCertHeader(`:${base64}:`), der)
    assert.equal(new X509Certificate(parseClientCertHeader(`:${base64}:`)).subject, 'CN=BC')
  })

  it('refuses everything else [B-REM-06]', () => {
    const unpadded = base64.replace(/=+$/, '')
    const spellings = [
      base64,
      `:${base64}`,
      `${base64}:`,
      `:${base64}:;a=1`,
      ` :${base64}: `,
      `":${base64}:"`,
      `:${unpadded}:`,
    ]
    const encodings = [
      `:${base64.replaceAll('+', '-')}:`,
      `:${base64.slice(0, 64)}\n${base64.slice(64)}:`,
      '::',
      ':====:',
      ':a:',
    ]
    for (const value of ['', ':', pem, escaped, ...spellings, ...encodings]) refused(() => parseClientCertHeader(value))
  })

  it('refuses a doubled header [B-REM-04]', () => {
    refused(() => parseClientCertHeader(`:${base64}:, :${base64}:`))
  })

  it('refuses what is not one certificate', () => {
    for (const bytes of [
      der.subarray(1),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
      Buffer.from('text'),
      Buffer.of(0x30),
    ]) {
      refused(() => parseClientCertHeader(`:${bytes.toString('base64')}:`))
    }
    refused(() => parseClientCertHeader(`:${Buffer.of(0x30, 0x84, 0, 0, 0, 0).toString('base64')}:`))
  })

  it('refuses a spelling with bits left over', () => {
    const short = Buffer.of(0x30, 0x02, 0x05, 0x00)
    assert.deepEqual(parseClientCertHeader(':MAIFAA==:'), short)
    refused(() => parseClientCertHeader(':MAIFAB==:'))
  })

  it('refuses a huge header', () => {
    refused(() => parseClientCertHeader(`:${'A'.repeat(40_000)}:`))
  })
})

describe('parseEscapedPem', () => {
  it('reads what nginx and AWS load balancers send [B-REM-06]', () => {
    assert.deepEqual(parseEscapedPem(escaped), der)
    assert.deepEqual(parseEscapedPem(escaped.replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=')), der)
    assert.deepEqual(parseEscapedPem(escaped.replaceAll('%20', ' ')), der)
    assert.deepEqual(parseEscapedPem(escaped.replaceAll('%0A', '%0D%0A')), der)
  })

  it('refuses everything else [B-REM-04 B-REM-06]', () => {
    const doubled = [`${escaped}, ${escaped}`, `${escaped},${escaped}`, escaped + escaped]
    const broken = [
      escaped.slice(0, -1),
      escaped.slice(0, 200),
      `${escaped}x`,
      `x${escaped}`,
      `${escaped}%`,
      `${escaped}%ff`,
      `${escaped}%00`,
    ]
    const other = [
      pem,
      base64,
      '',
      '%',
      escaped.replaceAll('CERTIFICATE', 'PRIVATE%20KEY'),
      encodeURIComponent(escaped),
    ]
    for (const value of [...doubled, ...broken, ...other, escaped.replace('MIIB', 'MIIC'), 'a'.repeat(40_000)]) {
      refused(() => parseEscapedPem(value))
    }
  })
})

describe('parseXfcc', () => {
  const hash = 'bfaf1f7e070f9fa8dd62905f158da73f84a1136624fbafcc9393c8f7287a69eb'

  it('reads an element with all that Envoy can say [B-REM-06]', () => {
    const value = `By=spiffe://a/b;Hash=${hash};Cert="${escaped}";Chain="${escaped}";Subject="CN=BC,O=A; B";URI=spiffe://x/y;DNS=a.example;DNS=b.example`
    assert.deepEqual(parseXfcc(value), [
      { der, hash, subject: 'CN=BC,O=A; B', uri: ['spiffe://x/y'], dns: ['a.example', 'b.example'] },
    ])
  })

  it('reads an element for each proxy, the nearest last', () => {
    assert.deepEqual(parseXfcc(`Hash=${hash};URI=spiffe://a,Subject="CN=\\"b\\"",DNS=c`), [
      { hash, uri: ['spiffe://a'] },
      { subject: 'CN="b"' },
      { dns: ['c'] },
    ])
  })

  it('takes keys in any case, hashes too, and leaves others and empty values out', () => {
    assert.deepEqual(parseXfcc(`hash=${hash.toUpperCase()};SUBJECT="";URI=;Dns=a;Unknown=1`), [{ hash, dns: ['a'] }])
    assert.deepEqual(parseXfcc('By=a'), [{}])
  })

  it('keeps backslashes that are part of a name', () => {
    assert.deepEqual(parseXfcc(String.raw`Subject="O=A\, B,CN=c\\"`), [{ subject: String.raw`O=A\, B,CN=c\\` }])
  })

  it('refuses a hash that is not that of the certificate', () => {
    refused(() => parseXfcc(`Hash=${hash.replace('b', 'c')};Cert="${escaped}"`))
  })

  it('refuses a doubled header, known by the blank it is joined with [B-REM-04]', () => {
    refused(() => parseXfcc(`Hash=${hash}, Hash=${hash}`))
    refused(() => parseXfcc(`Subject="a", Subject="b"`))
  })

  it('refuses keys twice in an element where they may stand once', () => {
    for (const key of [`Hash=${hash}`, `Cert="${escaped}"`, 'Subject="CN=a"', 'subject="CN=a";SUBJECT=""']) {
      refused(() => parseXfcc(`${key};${key}`))
    }
  })

  it('refuses what is malformed', () => {
    const broken = [
      '',
      ' ',
      ',',
      ';',
      '=',
      'Hash',

      'By=a;',
      'By=a,',
      ',By=a',
      'By=a;;By=b',
      'By="a',
      'By="a"b',
      'By="a\\"',
      'By=a"b',
    ]
    const values = [
      'Hash=abc',
      `Hash=${hash}0`,
      'Cert=abc',
      'Cert="%"',
      'By=a b',
      'By = a',
      'Subject="é"',
      'Subject="a\0"',
      'By=a\nB=c',
    ]
    for (const value of [...broken, ...values]) refused(() => parseXfcc(value))
    refused(() => parseXfcc(Array.from({ length: 17 }, () => 'By=a').join(',')))
    refused(() => parseXfcc(`By="${'\\"'.repeat(20_000)}`))
  })
})

function refused(parse: () => unknown): void {
  assert.throws(parse, (error: unknown) => {
    assert.ok(error instanceof AuthenticationFailed)
    assert.equal(error.code, 'authentication_failed')
    assert.match(error.message, /malformed/)
    return true
  })
}
