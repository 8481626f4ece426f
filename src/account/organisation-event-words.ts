/** What happened to an organisation, or to a thing of it, in words that `by` and a name can follow. Others are told as the log has them. */
export function organisationEventWords(event: string): string {
  return words[event] ?? event
}

const words: Readonly<Record<string, string>> = {
  'organisation.created': 'The organisation was made',
  'organisation.updated': 'Its settings were changed',
  'organisation.suspended': 'It was suspended',
  'organisation.resumed': 'The suspension was ended',
  'organisation.member_added': 'A member was added',
  'organisation.standing_changed': 'What a member is was changed',
  'organisation.member_left': 'A member left',
  'organisation.member_removed': 'A member was removed',
  'invitation.created': 'An invitation was sent',
  'invitation.sent_again': 'An invitation was sent again',
  'invitation.cancelled': 'An invitation was cancelled',
  'invitation.accepted': 'An invitation was accepted',
  'role.created': 'The role was made',
  'role.updated': 'The role was changed',
  'service_account.created': 'The service account was made',
  'service_account.updated': 'The service account was changed',
  'service_account.disabled': 'It was switched off',
  'service_account.enabled': 'It was switched on',
  'workload_trust.removed': 'An issuer is not trusted any more',
  'workload_trust.made': 'An issuer is trusted',
}
