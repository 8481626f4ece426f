import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { readSettings, SettingsInvalid } from '../../server/settings.ts'
import { readProviders } from '../provider-settings.ts'
import { openSite } from '../social.contract.ts'
import { key, samlKey, samlProvider, strangeKey } from './saml-idp.contract.ts'

describe('the settings of a SAML provider', () => {
  it('need issuer, entryPoint and certificates, and begin with nothing allowed', () => {
    const [acme] = readProviders([samlProvider()])
    assert.deepEqual(
      [acme?.preset, acme?.saml?.signing, acme?.saml?.nameIdFormat, acme?.emailsAreVerified, acme?.linkByEmail],
      ['saml', null, null, false, false],
    )
    assert.ok(Object.values(acme?.saml?.attributes ?? {}).every((one) => one === null))
  })

  it('take a certificate as a text or a list, in PEM or as the base64 of metadata, and short names of formats', () => {
    const base64 = key.certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '')
    for (const certificates of [key.certificate, [key.certificate], base64]) {
      const [acme] = readProviders([samlProvider({ certificates, nameIdFormat: 'persistent' })])
      assert.equal(acme?.saml?.certificates[0]?.trim(), key.certificate.trim())
      assert.equal(acme?.saml?.nameIdFormat, 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent')
    }
    for (const issuer of ['urn:acme:idp', 'http://www.okta.com/exk1', 'acme']) {
      assert.equal(readProviders([samlProvider({ issuer })])[0]?.issuer, issuer)
    }
  })

  it('may be the metadata of the provider, whose parts can be set otherwise', () => {
    const base64 = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
    const md = (keys: string, services: string): string =>
      `<?xml version="1.0"?><!-- of Acme --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="urn:acme"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys}${services}</md:IDPSSODescriptor></md:EntityDescriptor>`
    const keyOf = (use: string, pem: string): string =>
      `<md:KeyDescriptor${use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n${base64(pem)}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
    const service = (binding: string, location: string): string =>
      `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}"/>`
    const services =
      service('HTTP-POST', 'https://idp.example/post') +
      service('HTTP-Redirect', 'https://idp.example/redirect?a=1&amp;b=2')
    const keys = keyOf(' use="signing"', key.certificate) + keyOf(' use="encryption"', strangeKey.certificate)
    const read = (metadata: string, more: object = {}): ReturnType<typeof readProviders>[number] | undefined =>
      readProviders([{ id: 'acme', preset: 'saml', metadata, ...more }])[0]
    const acme = read(md(keys, services))
    assert.deepEqual([acme?.issuer, acme?.saml?.entryPoint], ['urn:acme', 'https://idp.example/redirect?a=1&b=2'])
    assert.deepEqual(
      acme?.saml?.certificates.map((pem) => pem.trim()),
      [key.certificate.trim()],
    )
    assert.equal(
      read(md(keyOf('', key.certificate) + keyOf('', strangeKey.certificate), services))?.saml?.certificates.length,
      2,
    )
    assert.equal(
      read(md(keys, services), { entryPoint: 'https://other.example/' })?.saml?.entryPoint,
      'https://other.example/',
    )
    const wrong: [string, object, RegExp][] = [
      [md(keys, services), { issuer: 'urn:other' }, /issuer is not the entityID of metadata/],
      [md('', services), {}, /SAML needs certificates/],
      [md(keys, service('HTTP-POST', 'https://idp.example/')), {}, /no SingleSignOnService by HTTP-Redirect/],
      [md(keys, service('HTTP-Redirect', 'http://idp.example/')), {}, /entryPoint has to be an https address/],
      ['<a/>', {}, /It is an a, and not the EntityDescriptor/],
      ['https://idp.example/metadata', {}, /metadata has to be the text of the provider's metadata/],
      [`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${md(keys, services)}`, {}, /document type/],
    ]
    for (const [metadata, more, reason] of wrong) assert.throws(() => read(metadata, more), reason)
  })

  it('say of a certificate that is none to verify by what it is of, and what to have the provider do', async () => {
    const [ec, short] = [await samlKey({ kind: 'ec' }), await samlKey({ kind: 1024 })]
    const read = (certificate: string) => () =>
      readSettings({ signInProviders: [samlProvider({ certificates: [certificate] })] })
    assert.throws(
      read(ec.certificate),
      /a certificate is of a key of elliptic curves \(ECDSA\).*have the provider sign with RSA/,
    )
    assert.throws(read(short.certificate), /a certificate is of an RSA key of 1024 bits.*2048 at least/)
  })

  it('are refused with what is wrong, and never say a key', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    })
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ issuer: undefined }, /SAML needs issuer: the entityID in the metadata/],
      [{ entryPoint: undefined }, /SAML needs entryPoint: the address for sign-in requests/],
      [{ entryPoint: 'http://idp.example/sso' }, /entryPoint has to be an https address/],
      [{ entryPoint: 'javascript:alert(1)' }, /entryPoint has to be an https address/],
      [{ entryPoint: 'nonsense' }, /entryPoint has to be an https address/],
      [{ certificates: undefined }, /SAML needs certificates/],
      [{ certificates: [] }, /SAML needs certificates/],
      [{ certificates: [''] }, /certificates/],
      [{ certificates: ['hunter2'] }, /a certificate has to be in PEM, one each, of an RSA key/],
      [{ certificates: [key.privateKey] }, /a certificate has to be in PEM/],
      [{ privateKey: key.privateKey }, /needs both privateKey and certificate/],
      [{ certificate: key.certificate }, /needs both privateKey and certificate/],
      [
        { privateKey: strangeKey.privateKey, certificate: key.certificate },
        /privateKey has to be the key of certificate/,
      ],
      [{ privateKey: String(short), certificate: key.certificate }, /privateKey has to be the key of certificate/],
      [{ clientId: 'x' }, /clientId is not for SAML/],
      [{ clientSecret: 'hunter2' }, /clientSecret is not for SAML/],
      [{ storeTokens: true }, /no tokens to store/],
      [{ signOut: true }, /no signOut/],
      [{ attributes: { surname: 'sn' } }, /surname/],
      [{ parameters: { RelayState: 'x' } }, /may not set RelayState/],
      [{ preset: undefined, clientId: 'x', issuer: 'https://idp.example' }, /are for SAML alone: set preset to saml/],
    ]
    for (const [more, reason] of wrong) {
      assert.throws(
        () => readSettings({ signInProviders: [samlProvider(more)] }),
        (error: unknown) => {
          assert.ok(error instanceof SettingsInvalid)
          assert.match(error.message, reason)
          assert.doesNotMatch(error.message, /hunter2|BEGIN/)
          return true
        },
        JSON.stringify(Object.keys(more)),
      )
    }
  })

  it('admit plain http on this machine in development, and nowhere else', async () => {
    const signInProviders = [samlProvider({ entryPoint: 'http://127.0.0.1:4444/sso' })]
    await openSite({ settings: { signInProviders } })
    const settings = { signInProviders, publicUrl: 'https://id.example', secret: 's'.repeat(40) }
    await assert.rejects(openSite({ settings }), /entryPoint has to be an https address/)
  })
})
