import { html } from 'hono/html'
import { chosenIn, textControl } from '../pages/controls.ts'
import { apiCall } from '../pages/api-call.ts'
import { codeBlock, copyAs, momentOr } from '../pages/facts.ts'
import { postForm } from '../pages/forms.ts'
import type { NavLink } from '../pages/console.ts'
import type { Markup } from '../pages/layout.ts'
import { table } from '../pages/table.ts'
import type { ServiceAccountRecord } from '../tokens/service-accounts.ts'
import type { WorkloadFinding, WorkloadTrust, WorkloadTrusts } from '../tokens/workload-trusts.ts'
import { type Faults, faultsOf, problemsOf } from './faults.ts'
import { leave, type Screen, type View, type Visit } from './screen.ts'
import { workloadFindings } from './workload-findings.ts'
import { type TypedTrust, trustForm } from './workload-trust-form.ts'
import { wayInNote } from './workload-trust-part.ts'

export interface WorkloadTrustStores {
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list' | 'create' | 'remove' | 'test' | 'audienceOf' | 'isWayIn'>
  /** What scopes mean. */
  readonly scopes: Readonly<Record<string, string>>
  /** The address of the API, for the line to try a token with. */
  readonly origin: string
}

/** Where the pages about the workload trust of a service account are. */
export interface WorkloadTrustPlace {
  /** The path of the page of the service account, below the area. */
  readonly path: string
  /** For whoever may do that with it. Throws `RequestRefused` (`not_found`), and what else is refused. */
  readonly find: (visit: Visit, action: 'view' | 'change') => Promise<TrustingAccount>
}

export interface TrustingAccount {
  readonly account: ServiceAccountRecord
  /** The address of its page, and the pages above that one. */
  readonly base: string
  readonly crumbs: readonly NavLink[]
  /** Where the same is by JSON. */
  readonly api: string
  readonly mayChange: boolean
  /** The member whose roles have to allow it (nobody's: it is allowed otherwise). */
  readonly allowedBy?: string | undefined
}

/** Whose tokens stand for a service account: the list with a tester, and a new one. */
export function workloadTrustScreens(place: WorkloadTrustPlace, stores: WorkloadTrustStores): readonly Screen[] {
  const { workloadTrusts, scopes } = stores

  async function form(visit: Visit, typed: TypedTrust | null, faults: Faults = {}): Promise<View> {
    const { account, ...found } = await place.find(visit, 'change')
    const audience = workloadTrusts.audienceOf(account.id)
    return {
      title: 'Trust an issuer',
      crumbs: crumbsOf({ account, ...found }, true),
      problems: problemsOf(faults, { main: 'issuer' }),
      content: postForm({
        to: visit.path,
        proof: visit.onceForm,
        action: 'create',
        button: 'Trust it',
        cancel: `${found.base}trust/`,
        content: html`${wayInNote(workloadTrusts)}
        ${trustForm(typed ?? { issuer: '', subject: '', audience, scopes: [] }, faults, {
          scopes,
          mayHave: account.scopes,
          audience,
        })}`,
      }),
    }
  }

  return [
    {
      path: `${place.path}trust/`,
      show: async (visit) => list(visit, await place.find(visit, 'view'), stores),
      actions: {
        remove: {
          run: async (visit) => {
            const { account, base, allowedBy } = await place.find(visit, 'change')
            await workloadTrusts.remove(account.id, visit.text('trust'), { by: visit.by, allowedBy })
            return leave(`${base}trust/`, 'It is not trusted any more: its tokens are refused from now on.')
          },
        },
        test: {
          run: async (visit) => {
            const found = await place.find(visit, 'change')
            return list(visit, found, stores, await workloadTrusts.test(found.account.id, visit.text('sample_token')))
          },
        },
      },
    },
    {
      path: `${place.path}trust/new/`,
      isSensitive: true,
      show: async (visit) => form(visit, null),
      actions: {
        create: {
          isOnce: true,
          run: async (visit) => {
            const { account, base, allowedBy } = await place.find(visit, 'change')
            const typed = {
              issuer: visit.text('issuer'),
              subject: visit.text('subject'),
              audience: visit.text('audience'),
              scopes: chosenIn(visit.fields, 'scope', account.scopes),
            }
            try {
              await workloadTrusts.create(account.id, typed, { by: visit.by, allowedBy })
            } catch (error) {
              return form(visit, typed, faultsOf(error))
            }
            return leave(`${base}trust/`, 'It is trusted. Try a token of it below.')
          },
        },
      },
    },
  ]
}

function crumbsOf({ account, base, crumbs }: TrustingAccount, isBelow = false): readonly NavLink[] {
  const above = [...crumbs, { href: base, text: account.name }]
  return isBelow ? [...above, { href: `${base}trust/`, text: 'Workload trust' }] : above
}

async function list(
  visit: Visit,
  found: TrustingAccount,
  { workloadTrusts, origin }: WorkloadTrustStores,
  findings: readonly WorkloadFinding[] | null = null,
): Promise<View> {
  const { account, base, mayChange } = found
  const trusts = await workloadTrusts.list(account.id)
  return {
    title: 'Workload trust',
    crumbs: crumbsOf(found),
    content: html`${wayInNote(workloadTrusts)} ${whatItIs} ${findings === null ? '' : workloadFindings(findings)}
      <div class="toolbar">
        <h2>What ${account.name} trusts</h2>
        ${mayChange && account.isActive ? html`<a class="button small" href="${base}trust/new/" id="new-trust">Trust an issuer</a>` : ''}
      </div>
      ${trustTable(visit, trusts, mayChange)} ${mayChange && trusts.length > 0 ? tester(visit) : ''}
      ${
        trusts.length === 0
          ? ''
          : codeBlock(
              'use-trust',
              'How a job comes in',
              `# $TOKEN: what the issuer gave the job, for the audience above\ncurl -H "Authorization: Bearer $TOKEN" ${origin}/api/whoami/`,
            )
      }
      ${copyAs({ call: apiCall(origin, 'GET', `${found.api}trusts/`) })}`,
  }
}

/** Which is better when. */
const whatItIs = html`<p>
    A job that runs in CI, in Kubernetes or in a cloud can get a token there that says which job it is. Whoever shows
    such a token is this service account.
  </p>
  <ul class="points">
    <li>
      <strong>Workload trust is better</strong> for such jobs: there is no secret to store, to roll or to lose, and each
      token ends by itself, within a day.
    </li>
    <li>
      <strong>A key is better</strong> for what runs where nobody vouches for it: a machine of your own, a partner’s
      system. Whoever has the key is the service account, until it ends or is revoked.
    </li>
  </ul>`

function trustTable({ path, form }: Visit, trusts: readonly WorkloadTrust[], mayChange: boolean): Markup {
  return table({
    id: 'trusts',
    caption: 'Trusted issuers',
    columns: [
      { heading: 'Issuer' },
      { heading: 'Subject' },
      { heading: 'Audience' },
      { heading: 'May' },
      { heading: 'Last used' },
      ...(mayChange ? [{ heading: 'Remove' }] : []),
    ],
    rows: trusts.map(({ id, issuer, subject, audience, scopes, lastUsedAt }) => [
      html`<bdi>${issuer}</bdi>`,
      html`<code class="long">${subject}</code>`,
      html`<code class="long">${audience}</code>`,
      scopes.length === 0 ? 'nothing that asks for a scope' : scopes.join(', '),
      momentOr(lastUsedAt),
      ...(mayChange
        ? [
            postForm({
              to: path,
              proof: form,
              action: 'remove',
              fields: { trust: id },
              button: 'Remove',
              kind: 'danger',
              isInline: true,
            }),
          ]
        : []),
    ]),
    empty: 'It trusts no issuer yet, so that only its keys let it in.',
  })
}

function tester({ path, form }: Visit): Markup {
  return html`<section aria-labelledby="test-heading">
    <h2 id="test-heading">Try a token</h2>
    ${postForm({
      to: path,
      proof: form,
      action: 'test',
      button: 'Try it',
      kind: 'second',
      content: textControl({
        id: 'sample',
        name: 'sample_token',
        label: 'Sample token',
        isLong: true,
        required: true,
        maxLength: 8192,
        hint: 'A token as a job gets it. Nobody is signed in by it, and it is neither kept nor shown again.',
      }),
    })}
  </section>`
}
