/** Removes spaces and tabs (RFC 9110, section 5.6.3) from both ends. `trim` would take line ends and Unicode spaces too. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** Whether a code unit is a space or a tab. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
