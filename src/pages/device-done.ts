import { html } from 'hono/html'
import { layout, type Site } from './layout.ts'

export interface DeviceDonePage {
  readonly site?: Site
  /** What the person decided. */
  readonly decision: 'allow' | 'deny'
}

/** Tells where to go on. It stays until it is closed. */
export async function deviceDonePage({ site, decision }: DeviceDonePage): Promise<string> {
  const content =
    decision === 'allow'
      ? html`<p role="status" id="device-done">Look at your device: it goes on by itself in a few seconds.</p>
          <p>You may close this page.</p>`
      : html`<p role="status" id="device-denied">The device does not get access to your account.</p>
          <p>You may close this page. If you did not start this, somebody may have tried to get into your account.</p>`
  return layout({ title: decision === 'allow' ? 'Device connected' : 'Device refused', site, content })
}
