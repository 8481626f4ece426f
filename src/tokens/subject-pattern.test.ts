import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { patternFault, subjectFits } from './subject-pattern.ts'

describe('subjectFits', () => {
  const main = 'repo:acme/*:ref:refs/heads/main'

  it('takes the very text, and any one segment for a *', () => {
    assert.equal(subjectFits('repo:acme/app:pull_request', 'repo:acme/app:pull_request'), true)
    assert.equal(subjectFits(main, 'repo:acme/app:ref:refs/heads/main'), true)
    assert.equal(subjectFits('system:serviceaccount:prod:*', 'system:serviceaccount:prod:deploy'), true)
    assert.equal(subjectFits('spiffe://example.org/ns/*', 'spiffe://example.org/ns/web'), true)
  })

  it('takes nothing just outside', () => {
    for (const subject of [
      'repo:acme-evil/app:ref:refs/heads/main',
      'repo:acme/app/ref:refs/heads/main',
      'repo:acme/app:ref:refs/heads/main2',
      'repo:acme/app:ref:refs/heads/main/x',
      'repo:acme/app:ref:refs/heads/',
      'repo:acme/:ref:refs/heads/main',
      'repo:acme/a/b:ref:refs/heads/main',
      'repo:acme/a:b:ref:refs/heads/main',
      'repo:acme:app:ref:refs/heads/main',
      'Repo:acme/app:ref:refs/heads/main',
      ' repo:acme/app:ref:refs/heads/main',
      'xrepo:acme/app:ref:refs/heads/main',
      '',
    ]) {
      assert.equal(subjectFits(main, subject), false, subject)
    }
    assert.equal(subjectFits('repo:acme/app', 'repo:acme/ap'), false)
    assert.equal(subjectFits('repo:acme/app', 'repo:acme.app'), false)
  })
})

describe('patternFault', () => {
  it('finds nothing wrong with a text, and with a * behind two segments that are written out', () => {
    for (const pattern of ['x', '1234567', 'auth0|5f7c', 'repo:acme/*:ref:refs/heads/main', 'spiffe://example.org/*']) {
      assert.equal(patternFault(pattern), null, pattern)
    }
  })

  it('refuses a * that would mean nearly everybody', () => {
    for (const pattern of [
      '',
      '*',
      '**',
      '*:*',
      '*/*',
      'repo:*',
      'repo:*:x',
      'repo:acme*',
      'repo:acme/a*',
      'repo:acme/**',
      '::*',
      '//*',
      'https://*',
      'repo:acme/*x:y',
      'repo:a b',
      'repo:acme/\u00fc',
      'x'.repeat(501),
    ]) {
      assert.notEqual(patternFault(pattern), null, pattern)
    }
  })
})
