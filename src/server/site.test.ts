import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openConsole } from '../admin/console.contract.ts'
import { readSettings, SettingsInvalid } from './settings.ts'

describe('the name of the installation (A1)', () => {
  it('stands on every page, as text', async () => {
    await using at = await openConsole({ settings: { siteName: 'Acme & <Sons>' } })
    for (const path of ['/admin/', '/account/', '/accounts/logout/', '/portal/']) {
      const { text } = await at.root.get(path)
      assert.match(text, /<title>[^<]*· Acme &amp; &lt;Sons&gt;<\/title>/, path)
      assert.doesNotMatch(text, /<Sons>/, path)
    }
    assert.match((await at.root.get('/admin/settings/')).text, /siteName[^]*Acme &amp; &lt;Sons&gt;/)
  })

  it('is one line of at most 60 characters', () => {
    for (const siteName of ['', '   ', 'x'.repeat(61), 'two\nlines', 'turned \u202e round']) {
      assert.throws(() => readSettings({ siteName }), SettingsInvalid, JSON.stringify(siteName))
    }
    assert.equal(readSettings({ siteName: 'Žluťoučký kůň' }).siteName, 'Žluťoučký kůň')
  })
})
