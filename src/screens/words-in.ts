/** The words of a text that was typed, with spaces or line breaks between. */
export function wordsIn(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
