import { html } from 'hono/html'
import type { Markup } from '../pages/layout.ts'
import type { ServiceAccountRecord } from '../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../tokens/workload-trusts.ts'

/** What the page of a service account says of it, with the way there. */
export async function workloadTrustPart(
  workloadTrusts: Pick<WorkloadTrusts, 'list' | 'isWayIn'>,
  { id }: Pick<ServiceAccountRecord, 'id'>,
  base: string,
): Promise<Markup> {
  const trusts = await workloadTrusts.list(id)
  return html`<div class="toolbar">
      <h2>Workload trust</h2>
      <a class="button small second" href="${base}trust/" id="trust">Workload trust</a>
    </div>
    ${wayInNote(workloadTrusts)}
    ${
      trusts.length === 0
        ? html`<p class="quiet">
            It trusts no issuer. For jobs in CI, Kubernetes or a cloud, that is better than a key.
          </p>`
        : html`<ul class="points">
            ${trusts.map(({ issuer, subject }) => html`<li><bdi>${issuer}</bdi>: <code>${subject}</code></li>`)}
          </ul>`
    }`
}

/** Where tokens of jobs elsewhere are not let in, nothing of it counts. */
export function wayInNote({ isWayIn }: Pick<WorkloadTrusts, 'isWayIn'>): Markup | '' {
  return isWayIn
    ? ''
    : html`<p class="note" id="no-way-in">
        This server takes no tokens of jobs elsewhere, so that what is trusted here lets nobody in. Whoever runs it has
        to name <code>workload</code> in the setting <code>authenticators</code>.
      </p>`
}
