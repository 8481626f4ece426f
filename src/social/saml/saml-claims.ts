import { type Claims, textClaim } from '../foreign-identity.ts'
import { attributeOf, childrenOf, textOf } from './parse-xml.ts'
import type { SamlFacts } from './check-assertion.ts'
import { samlNames } from './saml-names.ts'
import { samlRefused, shown } from './saml-refused.ts'
import type { SamlAttributes, SamlSettings } from './saml-settings.ts'

/** Who somebody is, as an assertion that was checked has it. */
export interface SamlPerson {
  readonly subject: string
  readonly email: string | null
  readonly name: string | null
  readonly handle: string | null
  /** All attributes by their names, a list where there are several values, and what they were understood as. */
  readonly claims: Claims
}

/** Reads the attributes of an assertion (Core, section 2.7.3). */
export function readPerson(
  assertion: Element,
  { nameId }: Pick<SamlFacts, 'nameId'>,
  settings: SamlSettings,
): SamlPerson {
  const values = attributesOf(assertion)
  const find = (what: keyof SamlAttributes): readonly string[] => {
    const named = settings.attributes[what]
    const name = (named === null ? usual[what] : [named]).find((one) => values.has(one))
    return name === undefined ? [] : (values.get(name) ?? [])
  }
  const first = (what: keyof SamlAttributes): string | null => textClaim({ it: find(what)[0] }, 'it')
  const email =
    first('email') ?? (nameId?.format === samlNames.emailAddress ? textClaim({ it: nameId.value }, 'it') : null)
  const parts = [first('givenName'), first('familyName')].filter((one) => one !== null).join(' ')
  const name = first('name') ?? (parts === '' ? null : parts)
  const [handle, groups] = [first('handle'), find('groups')]
  const claims = Object.fromEntries([
    ...[...values].map(([key, all]) => [key, all.length === 1 ? all[0] : all] as const),
    ...Object.entries({ email, name, handle, groups: groups.length === 0 ? null : groups }).filter(
      ([, value]) => value !== null,
    ),
    ...(nameId === null ? [] : [['NameID', nameId.value] as const, ['NameID Format', nameId.format] as const]),
  ])
  return { subject: subjectOf(nameId, find('subject'), settings), email, name, handle, claims }
}

/** What people are known by for good: the attribute of the settings, else the name of the subject. */
function subjectOf(nameId: SamlFacts['nameId'], values: readonly string[], { attributes }: SamlSettings): string {
  const [value, ...others] = attributes.subject === null ? (nameId === null ? [] : [nameId.value]) : values
  const what = attributes.subject === null ? 'NameID' : `attribute ${attributes.subject}`
  // Core, section 8.3.8: it is another one at each sign-in, and would make another account each time.
  if (attributes.subject === null && nameId?.format === samlNames.transient) {
    throw samlRefused(
      'The NameID is transient, so people would be somebody else at each sign-in. Have the provider send a persistent NameID (nameIdFormat: persistent), or name an attribute that stays in attributes.subject.',
    )
  }
  if (value === undefined || others.length > 0) {
    throw samlRefused(`The assertion has not one ${what} to know people by (SAML Core, section 2.4.1).`)
  }
  // What is longer, or is the same only to the eye, would be another's (section 8.3.7 has 256 characters at most).
  if (
    value === '' ||
    value.length > 255 ||
    value !== value.trim() ||
    /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ||
    !value.isWellFormed()
  ) {
    throw samlRefused(`The ${what} is ${shown(value.trim())}, which is empty, too long or has blanks around it.`)
  }
  return value
}

function attributesOf(assertion: Element): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>()
  for (const statement of childrenOf(assertion, samlNames.assertion, 'AttributeStatement')) {
    for (const attribute of childrenOf(statement, samlNames.assertion, 'Attribute')) {
      const name = attributeOf(attribute, 'Name') ?? ''
      const values = childrenOf(attribute, samlNames.assertion, 'AttributeValue')
        .map((one) => textOf(one)?.trim() ?? '')
        .filter((one) => one !== '')
      if (name !== '' && values.length > 0) all.set(name, [...(all.get(name) ?? []), ...values])
    }
  }
  return all
}

const schema = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/'
const microsoft = 'http://schemas.microsoft.com/'

/** What attributes are called at the providers that are about: by name, by OID (RFC 4519, eduPerson), and as Microsoft has it. */
const usual: Readonly<Record<keyof SamlAttributes, readonly string[]>> = {
  subject: [],
  email: ['email', 'mail', 'emailAddress', 'urn:oid:0.9.2342.19200300.100.1.3', `${schema}emailaddress`],
  name: [
    'displayName',
    'urn:oid:2.16.840.1.113730.3.1.241',
    `${microsoft}identity/claims/displayname`,
    'cn',
    'urn:oid:2.5.4.3',
  ],
  givenName: ['givenName', 'firstName', 'first_name', 'urn:oid:2.5.4.42', `${schema}givenname`],
  familyName: ['sn', 'surname', 'lastName', 'last_name', 'urn:oid:2.5.4.4', `${schema}surname`],
  handle: ['uid', 'username', 'urn:oid:0.9.2342.19200300.100.1.1', 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6', `${schema}name`],
  groups: ['groups', 'memberOf', 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1', `${microsoft}ws/2008/06/identity/claims/groups`],
}
