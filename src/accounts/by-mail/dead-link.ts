import type { RequestRefused } from '../../core/errors.ts'
import type { Answer, Exchange } from '../../http/exchange.ts'
import type { NoticePage } from '../../pages/notice.ts'
import type { OpenForms } from '../open-forms.ts'
import { invalid } from '../user-values.ts'

/** The same for a link that was used, is too old, was made up, or whose account has changed since. */
export function deadLink(): RequestRefused {
  return invalid({ token: ['This link does not work any more. Ask for a new one.'] })
}

export interface DeadLinkPage {
  /** Why that may be, in a sentence. */
  readonly says: string
  /** The ways on, the likeliest first. */
  readonly links: NonNullable<NoticePage['links']>
  /** The header by which the browser forgets the key of the link. */
  readonly cleared: readonly [name: string, value: string]
}

/** The page for it. */
export async function deadLinkPage(
  forms: Pick<OpenForms, 'notice'>,
  asked: Exchange,
  { says, links, cleared }: DeadLinkPage,
): Promise<Answer> {
  const page = { title: 'This link does not work any more', says: [says], links }
  return forms.notice(asked, page, { status: 400, headers: [cleared] })
}
