import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { barChart } from './bar-chart.ts'
import { filterForm, table } from './table.ts'

describe('a list', () => {
  const path = '/admin/things/'

  it('has filters that are folded where there are many, until they leave something out', async () => {
    const controls = ['<i>', '<i>', '<i>']
    assert.match(String(await filterForm({ path, controls, isFiltered: false })), /<details class="filter-box"\s*>/)
    assert.match(String(await filterForm({ path, controls, isFiltered: true })), /<details class="filter-box"\s+open>/)
    assert.doesNotMatch(String(await filterForm({ path, controls: ['<i>'], isFiltered: false })), /<details/)
  })

  it('says what there is nothing of, where a page has several', async () => {
    const nothing = { id: 'tokens', caption: 'Tokens', columns: [{ heading: 'Name' }], rows: [], empty: 'None yet.' }
    assert.match(String(await table({ ...nothing, isCaptionShown: true })), /<strong>Tokens<\/strong>[^]*None yet\./)
    assert.doesNotMatch(String(await table(nothing)), /Tokens/)
  })

  it('of numbers draws no picture of nothing', async () => {
    const bars = [{ label: '2026-11-29', value: 0 }]
    assert.match(
      String(await barChart({ id: 'use', caption: 'Requests', bars })),
      /^<p class="quiet" id="use">Requests: none yet/,
    )
    assert.match(
      String(await barChart({ id: 'use', caption: 'Requests', bars: [{ label: 'x', value: 3 }] })),
      /3 in all[^]*<svg/,
    )
  })
})
