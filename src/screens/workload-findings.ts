import { html } from 'hono/html'
import { badge } from '../pages/facts.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import type { WorkloadFinding } from '../tokens/workload-trusts.ts'

/** What became of a sample token, point by point, in words. Nothing of the token is shown. */
export function workloadFindings(findings: readonly WorkloadFinding[]): Markup {
  const isGood = findings.every((one) => one.isGood)
  return html`<section aria-labelledby="tested-heading" id="tested">
    <h2 id="tested-heading">${isGood ? 'This token is let in' : 'This token is refused'}</h2>
    ${table({
      id: 'findings',
      caption: 'What was looked at',
      columns: [{ heading: 'Question' }, { heading: 'Answer' }, { heading: 'What to do' }],
      rows: findings.map((one) => [
        words[one.check].question,
        one.isGood ? badge('Yes', 'good') : badge('No', 'bad'),
        one.isGood ? '' : words[one.check].remedy,
      ]),
    })}
    ${
      findings.some((one) => !one.isGood && ending.has(one.check))
        ? html`<p class="quiet">What comes after that could not be looked at.</p>`
        : ''
    }
  </section>`
}

/** The same in a sentence, for programs. */
export function findingText({ check, isGood }: WorkloadFinding): string {
  return isGood ? `${words[check].question} Yes.` : `${words[check].question} No. ${words[check].remedy}`
}

/** What has to be right for the rest to be looked at. */
const ending: ReadonlySet<string> = new Set(['form', 'issuer', 'key'])

const words: Readonly<Record<WorkloadFinding['check'], { readonly question: string; readonly remedy: string }>> = {
  form: {
    question: 'Is it a signed JWT that says from whom, about whom and for whom it is?',
    remedy: 'Paste all of it: three parts with points between, with iss, sub and aud, of 8192 characters at most.',
  },
  issuer: {
    question: 'Does this service account trust its issuer (iss)?',
    remedy: 'Add a trust with the very iss of the token, letter for letter: a slash at its end counts.',
  },
  type: {
    question: 'Is it of a kind that tells who somebody is?',
    remedy:
      'Ask the issuer for an ID token. Its typ is JWT or left out, and it is bound to no key or certificate (cnf).',
  },
  algorithm: {
    question: 'Is it signed by an algorithm with a key pair?',
    remedy: 'RS256, ES256, EdDSA and such are taken. Shared secrets (HS256) and no signature (none) are not.',
  },
  audience: {
    question: 'Is it for the audience of the trust (aud)?',
    remedy: 'Ask the issuer for a token with the audience that the trust names, letter for letter.',
  },
  subject: {
    question: 'Is it about the subject of the trust (sub)?',
    remedy: 'Compare it with the subject of the trust. A * stands for one whole segment between colons or slashes.',
  },
  expiry: {
    question: 'Does it end (exp), and is that to come, within a day?',
    remedy:
      'Get a new one. A token that lives for longer than a day, or than keys of the organisation may, is refused.',
  },
  beginning: {
    question: 'Has it begun (nbf, iat)?',
    remedy: 'The clock of the issuer is ahead of the one here.',
  },
  key: {
    question: 'Does the issuer publish the key that it names (kid)?',
    remedy:
      'The issuer has to answer at /.well-known/openid-configuration and its jwks_uri, by https and without redirects. A new key is seen after half a minute.',
  },
  signature: {
    question: 'Has the issuer signed it?',
    remedy: 'Somebody has changed it, or signed it by another key.',
  },
  alone: {
    question: 'Does it stand for this service account alone?',
    remedy:
      'Another service account trusts the same token, so that neither is meant. Use the audience of this one alone.',
  },
  active: {
    question: 'Is the service account on?',
    remedy: 'Switch it on.',
  },
  way_in: {
    question: 'Does this server take tokens of jobs elsewhere at all?',
    remedy: 'Whoever runs the server has to name workload in the setting authenticators.',
  },
}
