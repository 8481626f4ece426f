/**
 * A name that somebody else chose, as a page may show it: nothing in it that turns the direction of writing, hides, or breaks
 * the line, and not so long that what stands behind it is pushed away. To be escaped like every text.
 */
export function shownName(name: string, fallback = 'An application'): string {
  const plain = name
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    // Marks that are piled up reach over the lines around.
    .replaceAll(/(\p{M}{3})\p{M}+/gu, '$1')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  const letters = Array.from(plain)
  if (letters.length === 0) return fallback
  return letters.length <= longest ? plain : `${letters.slice(0, longest).join('')}…`
}

const longest = 80
