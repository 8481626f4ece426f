/**
 * A name that somebody else chose, as a mail may show it to whom they like: in one line, not for long, and with nothing in it that a
 * mail program makes a link of. Else whoever may invite people, or sign up with their address, could have this site write to them
 * "You have won, see https://evil.example". A name as programs and people sign in with stays as it is, to be copied.
 */
export function nameInMail(name: string): string {
  const plain = name
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    // Marks that are piled up reach over the lines around.
    .replaceAll(/(\p{M}{3})\p{M}+/gu, '$1')
    .trim()
  const letters = Array.from(plain)
  const short = letters.length <= longest ? plain : `${letters.slice(0, longest).join('')}…`
  return isLogin.test(short) ? short : short.replaceAll(/[.:/@\\](?=\S)/gu, '$&\u{2060}')
}

const longest = 80

/** A word with at most one point or `@` in a place, as `ada.lovelace` and `ada@example.org`, and no address of a page. */
const isLogin = /^(?!www\.)[\p{L}\p{M}\p{N}_+-]+(?:[.@][\p{L}\p{M}\p{N}_+-]+)*…?$/iu
