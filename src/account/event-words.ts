/** What happened to one's account, in words. Events that nobody needs to read have none. */
export function eventWords(event: string, detail: Readonly<Record<string, unknown>>): string {
  const words = sentences[event]
  if (words === undefined) return event
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = detail[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : 'something'
  })
}

/** Whether it is one to look at twice: somebody tried, or something changed that opens doors. */
export function isRemarkable(event: string): boolean {
  return /\.(failed|reused|count_not_raised|added|removed|changed|set|reset|change_undone|taken|unlinked|linked|made|created|deletion_asked|trusted)$/.test(
    event,
  )
}

const sentences: Readonly<Record<string, string>> = {
  'session.created': 'You signed in.',
  'session.renewed': 'You proved again who you are.',
  'session.ended': 'You signed out, or a device was signed out.',
  'session.others_ended': 'All other devices were signed out.',
  'user.created': 'The account was made.',
  'user.updated': 'The account was changed.',
  'user.deletion_asked': 'You asked for your account to be deleted.',
  'user.deletion_cancelled': 'The deletion of your account was cancelled.',
  'user.deletion_put_off': 'Your account could not be deleted yet, and stays for now.',
  'user.default_organisation_set': 'You chose the organisation that you mean where you name none.',
  'user.default_organisation_cleared': 'You no longer have an organisation that you mean where you name none.',
  'user.exported': 'Your data was taken out.',
  'user.disabled': 'The account was switched off.',
  'user.enabled': 'The account was switched on.',
  'user.signed_out_everywhere': 'Everything was signed out.',
  'password.failed': 'Somebody tried to sign in with a wrong password.',
  'password.changed': 'The password was changed.',
  'password.set': 'The password was set anew.',
  'password.reset': 'The password was chosen anew, by a link in a mail.',
  'password.reset_asked': 'A link to a new password was asked for.',
  'password.reset_sent': 'An administrator mailed a link to a new password.',
  'password.reset_shown': 'An administrator made a link to a new password.',
  'password.change_required': 'An administrator asked for another password.',
  'email.verification_asked': 'A link to confirm the e-mail address was asked for.',
  'email.verified': 'The e-mail address was confirmed.',
  'email.change_asked': 'A change of the e-mail address was asked for.',
  'email.change_cancelled': 'A change of the e-mail address was cancelled.',
  'email.changed': 'The e-mail address was changed.',
  'email.change_undone': 'A change of the e-mail address was undone.',
  'sign_up.taken': 'Somebody wanted to sign up with the e-mail address of this account.',
  'sign_in.pending': 'A sign-in has begun.',
  'sign_in.code_asked': 'A code to sign in was asked for.',
  'totp.added': 'An authenticator app was added.',
  'totp.replaced': 'The authenticator app was replaced.',
  'totp.removed': 'The authenticator app was removed.',
  'totp.used': 'A code of the authenticator app was used.',
  'totp.failed': 'A wrong code was tried.',
  'recovery_codes.made': 'New recovery codes were made.',
  'recovery_code.used': 'A recovery code was used.',
  'recovery_code.failed': 'A wrong recovery code was tried.',
  'browser.trusted': 'A browser is not asked for the second factor from now on.',
  'browsers.not_trusted': 'A browser that was remembered is asked for the second factor again.',
  'passkey.added': 'A passkey was added.',
  'passkey.removed': 'A passkey was removed.',
  'passkey.renamed': 'A passkey was renamed.',
  'passkey.used': 'A passkey was used.',
  'passkey.failed': 'A passkey was refused.',
  'passkey.count_not_raised': 'A passkey may have been copied: its counter did not go up.',
  'linked_account.created': 'An account of {provider} was linked.',
  'linked_account.removed': 'An account of {provider} was unlinked.',
  'grant.created': 'An application was let in.',
  'grant.revoked': 'What an application was allowed has ended.',
  'consent.given': 'You allowed an application something.',
  'consent.withdrawn': 'You took back what an application was allowed.',
  'key.created': 'The API key {name} was made.',
  'key.updated': 'The API key {name} was changed.',
  'key.revoked': 'The API key {name} was revoked.',
  'key.disabled': 'The API key {name} was switched off.',
  'key.enabled': 'The API key {name} was switched on.',
  'key.rotation_started': 'The API key {name} got a new secret.',
  'key.rotation_finished': 'The old secret of the API key {name} has ended.',
  'key.rotation_cancelled': 'The new secret of the API key {name} has ended.',
  'token.created': 'The token {name} was made.',
  'token.revoked': 'The token {name} was revoked.',
  'family.created': 'A program signed in for you.',
  'family.revoked': 'A program was signed out.',
  'client.created': 'You registered the app {name}.',
  'client.updated': 'You changed the app {name}.',
  'client.deleted': 'You deleted the app {name}.',
  'client.disabled': 'You switched the app {name} off.',
  'client.enabled': 'You switched the app {name} on.',
  'client.secret_rotation_started': 'The app {name} got a new secret.',
  'service_account.created': 'You made the service account {name}.',
  'service_account.updated': 'You changed the service account {name}.',
  'service_account.deleted': 'You deleted the service account {name}.',
}
