/** An account whose owner wants it deleted. One that is not there any more took this with it. */
export interface AccountDeletionRow {
  user_id: bigint
  asked_at: number
  /** From when on it is carried out; until then, and until it is, it can be cancelled. */
  due_at: number
}

/** A version of the terms that somebody has accepted. */
export interface AcceptedTermsRow {
  user_id: bigint
  version: string
  accepted_at: number
}

/** How somebody wants things. Of who has said nothing there is no row. */
export interface PreferencesRow {
  user_id: bigint
  /** The IANA name of a time zone; `null`: that of the browser. */
  time_zone: string | null
  /** Kinds of mail that they do not want, with blanks between. */
  unwanted_mail: string
}
