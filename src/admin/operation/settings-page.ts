import { html } from 'hono/html'
import { contents } from '../../pages/contents.ts'
import { badge, facts } from '../../pages/facts.ts'
import { table } from '../../pages/table.ts'
import type { Screen } from '../../screens/screen.ts'

/** A setting as the console shows it. */
export interface ShownSetting {
  readonly name: string
  /** The environment variable that sets it. */
  readonly variable: string
  readonly group: string
  readonly meaning: string
  /** As text; of a secret only whether it is set. */
  readonly value: string
  readonly default: string
  /** `default`, `configuration file`, `command line`, or the name of the variable. */
  readonly from: string
}

export interface SettingsPageStores {
  readonly shownSettings: readonly ShownSetting[]
  /** Addresses and ranges of proxies whose word is taken. */
  readonly trustedProxies: readonly string[]
}

/** Every setting with its value, its default and where it comes from; and what the server makes of this very request. */
export function settingsPage({ shownSettings, trustedProxies }: SettingsPageStores): Screen {
  const groups = [...new Set(shownSettings.map(({ group }) => group))]
  return {
    path: 'settings/',
    menu: { text: 'Settings', group: 'Operation' },
    show: async ({ request, query }) => {
      const isAll = query.get('show') !== 'changed'
      const shown = shownSettings.filter(({ from }) => isAll || from !== 'default')
      const there = groups.filter((group) => shown.some((one) => one.group === group))
      const header = (name: string): string | null => request.headers.get(name)
      return {
        title: 'Settings',
        content: html`<p>
            They are set in <code>doorward.config.ts</code>, in the environment, or on the command line, and read at the
            start.
            ${
              isAll
                ? html`<a id="changed" href="/admin/settings/?show=changed"
                    >Only those that are not at their default</a
                  >`
                : html`<a id="all" href="/admin/settings/">All of them</a>`
            }
          </p>
          ${contents([
            ...there.map((group, index) => ({ href: `#group-${index}`, text: group })),
            { href: '#seen-heading', text: 'What the server sees of you' },
          ])}
          ${there.map(
            (group, index) =>
              html`<h2 id="group-${index}">${group}</h2>
                ${table({
                  id: `settings-${index}`,
                  caption: group,
                  columns: [
                    { heading: 'Setting' },
                    { heading: 'Value' },
                    { heading: 'Set by' },
                    { heading: 'What it does' },
                  ],
                  rows: shown
                    .filter((one) => one.group === group)
                    .map(({ name, variable, value, default: usual, from, meaning }) => [
                      html`<span id="${name}">${name}</span><br /><code class="quiet">${variable}</code>`,
                      html`<code class="long setting">${value}</code>${
                          value === usual
                            ? ''
                            : html`<br /><span class="quiet">default: <code class="long">${usual}</code></span>`
                        }`,
                      from === 'default' ? html`<span class="quiet">default</span>` : badge(from, 'note'),
                      meaning,
                    ]),
                })}`,
          )}
          <section aria-labelledby="seen-heading">
            <h2 id="seen-heading">What the server sees of you</h2>
            ${facts([
              ['Who connects', request.peer?.address ?? 'unknown'],
              ['Proxies that are trusted', trustedProxies.join(', ') || 'none: what they say of others is not read'],
              ['X-Forwarded-For', header('x-forwarded-for')],
              ['Forwarded', header('forwarded')],
              ['X-Forwarded-Proto', header('x-forwarded-proto')],
              ['X-Forwarded-Host', header('x-forwarded-host')],
              ['Host', header('host')],
              ['So your address is', request.address ?? 'unknown'],
            ])}
            <p class="quiet">If the last line is the address of your proxy, list it in trustedProxies.</p>
          </section>`,
      }
    },
  }
}
