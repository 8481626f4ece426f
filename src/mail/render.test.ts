import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Message } from './message.ts'
import { render } from './render.ts'

const message: Message = {
  kind: 'example',
  to: 'ada@example.org',
  subject: 'Choose a new password',
  parts: [
    'Somebody asked for it.',
    { link: 'https://id.example/reset/?key=a&b=c', text: 'Choose a password' },
    { code: '1234 5678' },
    {
      facts: [
        ['From', '192.0.2.1'],
        ['With', '<img src=x>'],
      ],
    },
  ],
}

describe('render', () => {
  it('says the same as text and as HTML, with every link in full', async () => {
    const { subject, text, html } = await render(message, 'Acme')
    assert.equal(subject, 'Acme: Choose a new password')
    assert.equal(
      text,
      [
        'Somebody asked for it.',
        'Choose a password:\nhttps://id.example/reset/?key=a&b=c',
        '    1234 5678',
        'From: 192.0.2.1\nWith: <img src=x>',
        '-- \nAcme\n',
      ].join('\n\n'),
    )
    assert.match(html, /href="https:\/\/id\.example\/reset\/\?key=a&amp;b=c"/)
    for (const words of ['Somebody asked for it.', '1234 5678', 'From: 192.0.2.1', 'Acme'])
      assert.ok(html.includes(words))
  })

  it('takes names for what they are: no markup, no lines of their own, no subject that goes on as a header', async () => {
    const facts = [['Browser', 'x\r\nBcc: eve@example.org\u2028y']] as const
    const { subject, text, html } = await render(
      { ...message, subject: 'Hello\r\nBcc: eve@example.org', parts: [{ facts }] },
      '<b>Acme</b>',
    )
    assert.equal(subject, '<b>Acme</b>: Hello Bcc: eve@example.org')
    assert.match(text, /^Browser: x Bcc: eve@example\.org y$/m)
    assert.ok(!html.includes('<b>'))
    assert.ok(!(await render(message, 'Acme')).html.includes('<img'))
  })

  it('fetches nothing from anywhere', async () => {
    const { html } = await render(message, 'Acme')
    assert.ok(!/\bsrc=|url\(|<link|<script|@import/.test(html.replaceAll('&lt;img src=x&gt;', '')))
  })
})
