/**
 * Puts the moments of a page into the time zone of who reads it, as they chose it. Pages are written in UTC by `moment`; texts
 * of people are escaped, so nothing else in a page looks so. The script leaves alone what was put into a zone here.
 */
export function inTimeZone(page: string, timeZone: string | null): string {
  if (timeZone === null) return page
  const format = formatOf(timeZone)
  if (format === null) return page
  return page.replaceAll(
    /<time datetime="([^"<>]+)">([^<>]*)<\/time>/g,
    (_, exact: string, utc: string) =>
      `<time datetime="${exact}" title="${utc}" data-zone="${timeZone}">${format.format(new Date(exact))}</time>`,
  )
}

/** `null` for one that this version of the runtime does not know: then it stays UTC. */
function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone })
  } catch {
    return null
  }
}
