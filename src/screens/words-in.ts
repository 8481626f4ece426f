/** The words of a text that was typed, with spaces or line breaks between. */
export function wordsIn(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** The same of addresses and ranges, which may have commas between as well. */
export function addressesIn(text: string): readonly string[] {
  return wordsIn(text.replaceAll(',', ' '))
}
