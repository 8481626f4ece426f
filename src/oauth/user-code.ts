import { randomInt } from 'node:crypto'

/** Letters without vowels, so that no words come about, and without look-alikes (RFC 8628, section 6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

/** 20^8: 34.6 bits. */
const length = 8

/** Makes the code that a person types in to tell which device is theirs: eight letters, each as likely as the others. */
export function makeUserCode(): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
}

/** As it is shown: `WDJB-MJHT`. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`
}

/** Reads what was typed, whatever its case, dashes and blanks: `null` for what cannot be such a code. */
export function readUserCode(text: string): string | null {
  if (text.length > longest) return null
  const code = text.replaceAll(/[\s\p{Pd}_.]/gu, '')
  return pattern.test(code) ? code.toUpperCase() : null
}

/** With room for blanks. */
const longest = 64

/** ASCII in either case, and nothing that only looks like it. */
const pattern = new RegExp(`^[${letters}${letters.toLowerCase()}]{${length}}$`)
