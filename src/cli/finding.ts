/** What `doorward doctor` found. */
export interface Finding {
  /** A problem has to be mended before strangers reach the server; a warning should be. */
  readonly verdict: 'ok' | 'warning' | 'problem'
  readonly what: string
  /** The line to add or to run. */
  readonly fix?: string
}

export function ok(what: string): Finding {
  return { verdict: 'ok', what }
}

export function warning(what: string, fix: string): Finding {
  return { verdict: 'warning', what, fix }
}

export function problem(what: string, fix: string): Finding {
  return { verdict: 'problem', what, fix }
}
