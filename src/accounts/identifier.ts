/**
 * A username or e-mail address as it is compared, so that no two accounts differ only in how a name is written: Unicode
 * NFKC, lower case, without blanks around it. `null` for what cannot be one: nothing, more than 254 characters (the longest
 * address that mail can reach, RFC 5321, section 4.5.3.1.3), control characters, and characters that are not seen.
 *
 * Full-width letters, ligatures and the Kelvin sign become the letters they stand for. Letters of different alphabets that
 * look alike (a Latin and a Cyrillic a, an i with and without its dot) stay different: mail for one never goes to the other.
 */
export function identifierKey(text: string): string | null {
  if (text.length > longest || unseen.test(text)) return null
  // Twice: lower case can leave a letter and an accent apart that NFKC would join.
  const key = text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll(blanksAround, '')
  return key === '' || key.length > longest ? null : key
}

/** Whether two texts name the same account, however they are written. What cannot be a name is the same as nothing. */
export function isSameIdentifier(one: string, other: string): boolean {
  const key = identifierKey(one)
  return key !== null && key === identifierKey(other)
}

/** As `identifierKey`, for an e-mail address: `null` also where it has no one `@` between two parts without blanks. */
export function emailKey(text: string): string | null {
  const key = identifierKey(text)
  return key !== null && /^[^\s@]+@[^\s@]+$/u.test(key) ? key : null
}

/** Whether a key is an e-mail address or nothing: usernames have no `@`, so that one sign-in field serves for both. */
export function looksLikeEmail(key: string): boolean {
  return key.includes('@')
}

const longest = 254

/** Control and formatting characters (zero width, direction), private ones, halves of characters, line separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u

const blanksAround = /^\p{Zs}+|\p{Zs}+$/gu
