import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { csvLine } from './csv.ts'

describe('a line of CSV', () => {
  it('has no text that a spreadsheet would run, whichever character it parts cells at', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '\n=1', '＝1+1', '＋1', '－1', '＠SUM(1)'])
      assert.match(csvLine([text]), /^"?'/, JSON.stringify(text))
    // Where numbers have a comma, Excel parts cells at semicolons, and quotes in the middle of a cell mean nothing to it.
    for (const text of ['ada;=HYPERLINK(A1);', 'ada\t=1+1\tx', 'ada;@SUM(1)', 'ada\n=1+1', 'ada; ＝1']) {
      const cells = csvLine(['7', text, 'x']).split(/[;\t\r\n,]/)
      for (const cell of cells) assert.doesNotMatch(cell, /^[" ]*[=+\-@＝＋－＠]/, JSON.stringify(text))
    }
  })

  it('leaves other texts, and numbers, as they are', () => {
    assert.equal(
      csvLine([-1, 'a;b', 'a-b', 'ada@example.org', null, 'say "hi", now']),
      `-1,a;b,a-b,ada@example.org,,"say ""hi"", now"\r\n`,
    )
  })
})
