import { RequestRefused } from '../core/errors.ts'
import type { AuthRequest } from '../core/request.ts'
import { createPeerRanges } from './peers.ts'
import { trimBlanks } from './trim-blanks.ts'

/**
 * Refuses what came to a trusted proxy over plain http, by its `X-Forwarded-Proto`: a credential in it has been seen by
 * everybody on the way, and a redirect would hide that from whoever sent it (OWASP ASVS 5, 4.1.2). Nobody else's word counts.
 * Throws `RequestRefused` (`https_required`).
 */
export function createHttpsOnly({ trusted }: { readonly trusted: readonly string[] }): (request: AuthRequest) => void {
  const isTrustedPeer = createPeerRanges(trusted)
  return (request) => {
    const scheme = request.headers.get('x-forwarded-proto')
    if (scheme === null || !isTrustedPeer(request.peer)) return
    // Several proxies append; the caller may have sent the first ones, but none of theirs is to be plain http either.
    const isPlain = scheme.split(',').some((one) => trimBlanks(one).toLowerCase() === 'http')
    if (isPlain) throw new RequestRefused('https_required')
  }
}
