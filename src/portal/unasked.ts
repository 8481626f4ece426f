/**
 * What asks for no fresh proof in the portal, as path and action: what only narrows or switches off, keeps what there was, ends
 * one key, or tries a call. Everything else does ask: see `askingForProof`. What was switched off may have been so because it leaked.
 */
export const unaskedActions: ReadonlySet<string> = new Set([
  'apps/:id/ cancel',
  'apps/:id/review/ say',
  'apps/:id/testers/ remove',
  'apps/:id/ disable',
  'keys/test-call/ call',
  'keys/:id/ cancel',
  'keys/:id/ disable',
  'keys/:id/revoke/ revoke',
  'service-accounts/:account/ narrow',
  'service-accounts/:account/ disable',
  'service-accounts/:account/trust/ remove',
  'service-accounts/:account/trust/ test',
])
