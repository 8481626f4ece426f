import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Site } from '../social.contract.ts'
import { visitor, whoIs } from '../social.contract.ts'
import { samlNames } from './saml-names.ts'
import {
  ask,
  deliver,
  exclusive,
  formOf,
  key,
  openSamlSite,
  responseOf,
  said,
  type SamlAsked,
  sign,
  signedResponse,
  strangeKey,
} from './saml-idp.contract.ts'

const lines: string[] = []
const site: Site = await openSamlSite({}, { lines })

/** Sends what is made of a request; nobody may be signed in by it, and the log has to say why. */
async function refused(make: (asked: SamlAsked) => string, reason: RegExp, name = ''): Promise<void> {
  const who = visitor()
  const asked = await ask(site, who)
  lines.length = 0
  const page = await deliver(site, who, formOf(asked, make(asked)))
  assert.equal(page.status, 400, name)
  assert.match(page.text, /could not be completed/, name)
  assert.equal(await whoIs(site, who), null, name)
  assert.match(lines.join('\n'), reason, name)
  assert.equal(await site.count('users'), 0, name)
}

/** The parts that wrapping attacks are made of: an honest assertion that is signed, and a forged one of another person. */
function parts(asked: SamlAsked): {
  good: string
  evil: string
  signature: string
  unsigned: string
  wrap: (inner: string) => string
} {
  const honest = said(asked)
  const good = sign(honest.assertion)
  const [signature = ''] = /<ds:Signature[^]*<\/ds:Signature>/.exec(good) ?? []
  const evil = said(asked, { nameId: 'admin' }).assertion
  return { good, evil, signature, unsigned: good.replace(signature, ''), wrap: (inner) => responseOf(honest, inner) }
}

/** After the issuer, where a signature belongs. */
const withSignature = (assertion: string, signature: string): string =>
  assertion.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)

/** Into the end of a signature, as its content. */
const withObject = (signature: string, inner: string): string =>
  signature.replace('</ds:Signature>', `<ds:Object>${inner}</ds:Object></ds:Signature>`)

describe('a signature of a SAML response', () => {
  it('has to be there, in the assertion or in the response', async () => {
    await refused(
      (asked) => responseOf(said(asked), said(asked).assertion),
      /Neither the response nor its assertion is signed/,
    )
  })

  it('counts over the assertion, over the response around it, and both, of which each has to be good', async () => {
    const both = (asked: SamlAsked): string =>
      sign(responseOf(said(asked), sign(said(asked).assertion)), { what: 'Response' })
    const around = (asked: SamlAsked): string =>
      sign(responseOf(said(asked), said(asked).assertion), { what: 'Response' })
    const own = await openSamlSite()
    for (const make of [(asked: SamlAsked) => signedResponse(asked), around, both]) {
      const who = visitor()
      const asked = await ask(own, who)
      const page = await deliver(own, who, formOf(asked, make(asked)))
      assert.notEqual(await whoIs(own, who), null, page.text)
    }
    await refused(
      (asked) => sign(responseOf(said(asked), sign(said(asked).assertion, { by: strangeKey })), { what: 'Response' }),
      /signature of the Assertion is no good/,
    )
    await refused(
      (asked) => sign(responseOf(said(asked), sign(said(asked).assertion)), { what: 'Response', by: strangeKey }),
      /signature of the Response is no good/,
    )
  })

  it('is made with a certificate of the settings, and what the message brings in KeyInfo counts for nothing', async () => {
    await refused((asked) => signedResponse(asked, {}, { by: strangeKey }), /no certificate of the settings/)
    const xml = signedResponse(await ask(site, visitor()), {}, { by: strangeKey })
    assert.match(xml, /<ds:KeyInfo><ds:X509Data><ds:X509Certificate>/, 'it brings its own certificate')
  })

  it('covers every byte: a name, a time or an attribute that was changed is refused', async () => {
    for (const [from, to] of [
      ['person-1', 'person-2'],
      ['<saml:AttributeValue>eng<', '<saml:AttributeValue>admin<'],
      [/ NotOnOrAfter="[^"]*"/, ''],
      ['Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"', ''],
    ] as const) {
      const change = (asked: SamlAsked): string => {
        const xml = signedResponse(asked)
        const changed = xml.replace(from, to)
        assert.notEqual(changed, xml)
        return changed
      }
      await refused(change, /signature of the Assertion is no good/, String(from))
    }
  })

  it('with SHA-1, HMAC, or another algorithm that is not taken, is refused by its name', async () => {
    const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
    const plain = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
    const enveloped = `${samlNames.signature}enveloped-signature`
    await refused(
      (asked) => signedResponse(asked, {}, { method: `${samlNames.signature}rsa-sha1` }),
      /rsa-sha1 is not taken/,
    )
    await refused((asked) => signedResponse(asked, {}, { digest: sha1 }), /xmldsig#sha1 is not taken/)
    await refused(
      (asked) => signedResponse(asked, {}, { canonicalization: plain }),
      /REC-xml-c14n-20010315 is not taken/,
    )
    // SAML Core, section 5.4.4: "Signatures in SAML messages SHOULD NOT contain transforms other than the enveloped signature
    // transform … or the exclusive canonicalization transforms".
    await refused(
      (asked) => signedResponse(asked, {}, { transforms: [enveloped, plain] }),
      /has the transform .*REC-xml-c14n/,
    )
    await refused((asked) => signedResponse(asked, {}, { transforms: [exclusive] }), /lacks the enveloped/)
    for (const method of ['hmac-sha1', 'none', '']) {
      const change = (asked: SamlAsked): string =>
        signedResponse(asked).replace(samlNames.rsaSha256, method === '' ? '' : samlNames.signature + method)
      await refused(change, /signature algorithm .* is not taken/, method)
    }
  })

  it('with the public key as the secret of an HMAC is no signature', async () => {
    await refused(
      (asked) =>
        signedResponse(asked, {}, { by: key }).replace(samlNames.rsaSha256, `${samlNames.signature}hmac-sha256`),
      /hmac-sha256 is not taken/,
    )
  })

  it('that refers to another element than the one it is in, or to all of the document, is refused', async () => {
    const to = (uri: string) => (asked: SamlAsked) => signedResponse(asked).replace(/URI="#[^"]*"/, `URI="${uri}"`)
    for (const uri of [
      '',
      '#',
      '#_other',
      '#xpointer(/)',
      "#_a' or '1'='1",
      'http://127.0.0.1/x.xml',
      'file:///etc/passwd',
    ]) {
      await refused(to(uri), /of another element than the one it is in/, uri)
    }
    await refused((asked) => signedResponse(asked).replace(/URI="#[^"]*"/, ''), /of another element/)
  })

  it('has one SignedInfo, one Reference and one value, of which nobody can put in a second', async () => {
    const doubled = (name: string) => (asked: SamlAsked) =>
      signedResponse(asked).replace(new RegExp(`<ds:${name}[ >][^]*?(</ds:${name}>|/>)`), '$&$&')
    for (const name of [
      'SignedInfo',
      'Reference',
      'SignatureValue',
      'DigestMethod',
      'SignatureMethod',
      'CanonicalizationMethod',
    ]) {
      await refused(doubled(name), /has not one/, name)
    }
    await refused(doubled('DigestValue'), /signature of the Assertion is no good/)
    // A comment in the digest value (CVE-2025-29775).
    await refused(
      (asked) => signedResponse(asked).replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
      /has a comment/,
    )
  })
})

describe('what is put around a signed SAML assertion (XSW)', () => {
  const shapes: readonly [string, (asked: SamlAsked) => string, RegExp][] = [
    [
      '1: a forged response, the signed one in its signature',
      (asked) => {
        const { evil, wrap } = parts(asked)
        const signed = sign(responseOf(said(asked), said(asked).assertion), { what: 'Response' })
        const [signature = ''] = /<ds:Signature[^]*<\/ds:Signature>/.exec(signed) ?? []
        const forged = wrap(evil).replace(/ID="_response[^"]*"/, 'ID="_evil"')
        return withSignature(forged, withObject(signature, signed.replace(signature, '')))
      },
      /A response is within the response/,
    ],
    [
      '2: a forged response, the signed one and its signature before its own content',
      (asked) => {
        const { evil, wrap } = parts(asked)
        const signed = sign(responseOf(said(asked), said(asked).assertion), { what: 'Response' })
        const [signature = ''] = /<ds:Signature[^]*<\/ds:Signature>/.exec(signed) ?? []
        return withSignature(
          wrap(evil).replace(/ID="_response[^"]*"/, 'ID="_evil"'),
          signed.replace(signature, '') + signature,
        )
      },
      /A response is within the response/,
    ],
    [
      '3: a forged assertion before the signed one',
      (asked) => parts(asked).wrap(parts(asked).evil + parts(asked).good),
      /more than one assertion/,
    ],
    [
      '4: the signed assertion in the forged one',
      (asked) => {
        const { evil, good, wrap } = parts(asked)
        return wrap(evil.replace('</saml:Assertion>', `${good}</saml:Assertion>`))
      },
      /more than one assertion/,
    ],
    [
      '5: the signature in the forged assertion, the signed one behind it',
      (asked) => {
        const { evil, signature, unsigned, wrap } = parts(asked)
        return wrap(withSignature(evil, signature) + unsigned)
      },
      /more than one assertion/,
    ],
    [
      '6: the signed assertion in the signature of the forged one',
      (asked) => {
        const { evil, signature, unsigned, wrap } = parts(asked)
        return wrap(withSignature(evil, signature.replace('</ds:Signature>', `${unsigned}</ds:Signature>`)))
      },
      /more than one assertion/,
    ],
    [
      '7: the signed assertion in an extension of the response',
      (asked) => {
        const { evil, good, wrap } = parts(asked)
        return wrap(`<samlp:Extensions>${good}</samlp:Extensions>${evil}`)
      },
      /more than one assertion/,
    ],
    [
      '8: the signed assertion in an object of the signature',
      (asked) => {
        const { evil, signature, unsigned, wrap } = parts(asked)
        return wrap(withSignature(evil, withObject(signature, unsigned)))
      },
      /more than one assertion/,
    ],
    [
      'the forged assertion by the same id',
      (asked) => {
        const { evil, good, wrap } = parts(asked)
        const [, id = ''] = /<saml:Assertion [^>]*ID="([^"]*)"/.exec(good) ?? []
        return wrap(evil.replace(/ID="[^"]*"/, `ID="${id}"`) + good)
      },
      /more than one assertion/,
    ],
    [
      'the forged assertion in a namespace of its own',
      (asked) => {
        const { evil, good, wrap } = parts(asked)
        return wrap(good + evil.replace(samlNames.assertion, 'urn:other'))
      },
      /more than one assertion/,
    ],
    [
      'the signed assertion alone, in an extension',
      (asked) => parts(asked).wrap(`<samlp:Extensions>${parts(asked).good}</samlp:Extensions>`),
      /not where it belongs/,
    ],
    [
      'two elements of one id',
      (asked) => {
        const { good, wrap } = parts(asked)
        const [, id = ''] = /<saml:Assertion [^>]*ID="([^"]*)"/.exec(good) ?? []
        return wrap(good).replace(
          '<samlp:Status>',
          `<samlp:Extensions><x Id="${id}"/></samlp:Extensions><samlp:Status>`,
        )
      },
      /Two elements have the same id/,
    ],
    [
      'other content in a signature',
      (asked) => {
        const { good, signature, wrap } = parts(asked)
        return wrap(good.replace(signature, withObject(signature, '<x/>')))
      },
      /other content in it/,
    ],
    [
      'a signature that is of nothing here',
      (asked) => {
        const { good, signature, wrap } = parts(asked)
        return wrap(good).replace('<samlp:Status>', `<samlp:Extensions>${signature}</samlp:Extensions><samlp:Status>`)
      },
      /not in the response or in its assertion/,
    ],
    [
      'a second signature in the assertion',
      (asked) => {
        const { good, signature, wrap } = parts(asked)
        return wrap(good.replace(signature, signature + signature))
      },
      /two signatures/,
    ],
    [
      'only the signature of an honest one, in a forged one',
      (asked) => {
        const { evil, signature, good, wrap } = parts(asked)
        const [, id = ''] = /<saml:Assertion [^>]*ID="([^"]*)"/.exec(good) ?? []
        return wrap(withSignature(evil.replace(/ID="[^"]*"/, `ID="${id}"`), signature))
      },
      /signature of the Assertion is no good/,
    ],
  ]
  for (const [name, make, reason] of shapes) {
    it(`is refused: ${name} [B-SOC-15]`, async () => refused(make, reason, name))
  }
})

describe('XML of a SAML response', () => {
  it('with a document type, and so with entities, is not read [XXE, billion laughs]', async () => {
    const doctypes = [
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
      '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
      '<!doctype x>',
    ]
    for (const doctype of doctypes)
      await refused((asked) => doctype + signedResponse(asked), /document type, an entity/, doctype)
    await refused((asked) => signedResponse(asked).replace('person-1', '&a;'), /not well-formed/)
  })

  it('with a comment in a name is refused, since signatures do not cover comments [CVE-2018-0489]', async () => {
    // Signed as admin@acme.example.evil.example, to be read as the text before the comment.
    const honest = (asked: SamlAsked): string => signedResponse(asked, { nameId: 'admin@acme.example.evil.example' })
    await refused((asked) => honest(asked).replace('.evil.example', '<!--x-->.evil.example'), /has a comment/)
    await refused((asked) => honest(asked).replace('.evil.example', '<?x y?>.evil.example'), /processing instruction/)
    await refused((asked) => honest(asked).replace('.evil.example', '<![CDATA[.evil.example]]>'), /CDATA/)
  })

  it('that is broken, or has too much of it, is refused', async () => {
    await refused(() => 'no XML', /not well-formed|not one root/)
    await refused(() => '<a', /not well-formed|not one root/)
    await refused(() => '<a></b>', /not well-formed/)
    await refused((asked) => `${signedResponse(asked)}<a/>`, /not well-formed|not one root/)
    await refused(() => '<a/>', /no SAML response/)
    await refused((asked) => signedResponse(asked).replace('person-1', 'person\u0001'), /control character/)
    await refused((asked) => responseOf(said(asked), '<x>'.repeat(60) + '</x>'.repeat(60)), /too many elements/)
    await refused((asked) => responseOf(said(asked), '<x/>'.repeat(5100)), /too many elements/)
    await refused(
      (asked) => signedResponse(asked).replaceAll(samlNames.protocol, 'urn:oasis:names:tc:SAML:1.1:protocol'),
      /no SAML response/,
    )
  })

  it('that is larger than a body may be is not read at all', async () => {
    const who = visitor()
    const asked = await ask(site, who)
    const page = await deliver(site, who, { SAMLResponse: 'A'.repeat(600_000), RelayState: asked.relayState })
    assert.equal(page.status, 413)
  })

  it('that is not there, no base64 or no UTF-8 is refused', async () => {
    for (const [value, reason] of [
      ['', /has no SAMLResponse/],
      ['***', /not base64/],
      [Buffer.from([0x3c, 0xff, 0xfe]).toString('base64'), /not UTF-8/],
    ] as const) {
      const who = visitor()
      const asked = await ask(site, who)
      lines.length = 0
      const page = await deliver(site, who, { SAMLResponse: value, RelayState: asked.relayState })
      assert.equal(page.status, 400)
      assert.match(lines.join('\n'), reason)
    }
  })

  it('with encrypted parts is refused, with what to do', async () => {
    const make = (asked: SamlAsked): string =>
      responseOf(said(asked), '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>')
    await refused(make, /does not decrypt\. Switch the encryption of assertions off/)
  })
})
