/** Shows how far something is, on standard error. */
export interface Progress {
  readonly show: (text: string) => void
  /** Clears the line, for what is printed next. */
  readonly end: () => void
}

/** At a terminal one line that is written anew, elsewhere a plain line now and then. */
export function createProgress({ isQuiet }: { readonly isQuiet: boolean }): Progress {
  const { stderr } = process
  let last = Number.NEGATIVE_INFINITY
  return {
    show: (text) => {
      const now = performance.now()
      if (isQuiet || now - last < (stderr.isTTY ? 100 : 2000)) return
      last = now
      stderr.write(stderr.isTTY ? `\r\u001B[K${text}` : `${text}\n`)
    },
    end: () => {
      if (!isQuiet && stderr.isTTY) stderr.write('\r\u001B[K')
    },
  }
}
