import { html } from 'hono/html'
import { networkKind, type NetworkKind } from '../http/network-kind.ts'
import type { Markup } from './layout.ts'

/** An address, and below it in words where that is, as far as the address itself says. */
export function addressShown(address: string | null): Markup | string {
  if (address === null) return 'unknown'
  const kind = networkKind(address)
  const words = kind === null ? undefined : places[kind]
  return words === undefined ? address : html`${address} <span class="quiet">${words}</span>`
}

/** Of a public address nothing is said: where it is, is somebody's guess. */
const places: Readonly<Partial<Record<NetworkKind, string>>> = {
  loopback: 'this machine',
  link_local: 'the same cable or wireless network',
  private: 'a private network',
  shared: 'shared by customers of a provider',
}
