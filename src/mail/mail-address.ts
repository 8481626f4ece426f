/**
 * Whether mail can be sent to an address as it stands: `local@domain` in the plain form (RFC 5321, section 4.1.2, `Dot-string`,
 * and characters beyond ASCII as RFC 6531 allows). The quoted form, comments, lists and names are no addresses here: what two
 * programs can read in two ways, one of them sends to somebody else.
 */
export function isMailAddress(address: string): boolean {
  if (address.length > 254) return false
  const [, local = '', domain = ''] = /^([^@]+)@([^@]+)$/.exec(address) ?? []
  return local.length <= 64 && atoms.test(local) && labels.test(domain)
}

const atoms = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const labels =
  /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u
