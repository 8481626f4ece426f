import type { GivenClient } from '../../oauth/client-wire.ts'
import { wordsIn } from '../../screens/words-in.ts'
import { applicationTypes, grantTypeTexts } from './application-types.ts'

/** What was answered on the way to a new client. It travels in the address, so that going back keeps it. */
export interface ApplicationAnswers {
  readonly type: string
  readonly name: string
  readonly isConfidential: boolean
  readonly grantTypes: readonly string[]
  /** Username or e-mail address of who answers for it. */
  readonly user: string
  /** As they were typed, one in a line. */
  readonly redirectUris: string
  readonly scopes: readonly string[]
}

/** Reads answers out of an address or a form; what follows from the type is there until it is answered otherwise. */
export function answersIn(
  get: (name: string) => string | null,
  names: readonly string[],
  user: string,
): ApplicationAnswers {
  const type = applicationTypes.find(({ value }) => value === get('type')) ?? applicationTypes[0]
  const chosen = (prefix: string): readonly string[] =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  const isAnswered = get('client_type') !== null
  return {
    type: type?.value ?? '',
    name: (get('name') ?? '').trim(),
    isConfidential: isAnswered ? get('client_type') === 'confidential' : type?.isConfidential === true,
    grantTypes: isAnswered
      ? chosen('grant_').filter((one) => Object.hasOwn(grantTypeTexts, one))
      : (type?.grantTypes ?? []),
    user: (get('user') ?? user).trim(),
    redirectUris: get('redirect_uris') ?? '',
    scopes: chosen('scope_'),
  }
}

/** The same for an address or for unseen fields. */
export function fieldsOf(answers: ApplicationAnswers): Readonly<Record<string, string>> {
  const { type, name, isConfidential, grantTypes, user, redirectUris, scopes } = answers
  return {
    type,
    name,
    client_type: isConfidential ? 'confidential' : 'public',
    user,
    redirect_uris: redirectUris,
    ...Object.fromEntries(grantTypes.map((one) => [`grant_${one}`, 'on'])),
    ...Object.fromEntries(scopes.map((one) => [`scope_${one}`, 'on'])),
  }
}

/** What the answers mean for the store. */
export function givenClientOf({
  type,
  name,
  isConfidential,
  grantTypes,
  redirectUris,
  scopes,
}: ApplicationAnswers): GivenClient {
  const uris = wordsIn(redirectUris)
  const applicationType = applicationTypes.find(({ value }) => value === type)?.applicationType
  return {
    name,
    authMethod: isConfidential ? 'client_secret' : 'none',
    grantTypes,
    scopes,
    ...(uris.length === 0 ? {} : { redirectUris: uris }),
    ...(applicationType === undefined ? {} : { applicationType }),
  }
}
