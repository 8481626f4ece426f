import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acrOf, classesOf } from './acr.ts'

describe('acrOf', () => {
  it('tells a password from two factors, and a key that cannot be phished [ID04]', () => {
    assert.equal(acrOf(['pwd']), 'urn:doorward:acr:sfa')
    assert.equal(acrOf(['pwd', 'otp']), 'urn:doorward:acr:mfa')
    assert.equal(acrOf(['pwd', 'pin']), 'urn:doorward:acr:sfa')
    assert.equal(acrOf(['hwk', 'pin']), 'phr')
    assert.equal(acrOf([]), undefined)
  })

  it('names the class that the client prefers, where it is met', () => {
    assert.deepEqual(classesOf(['hwk', 'pin']), ['phr', 'urn:doorward:acr:mfa', 'urn:doorward:acr:sfa'])
    assert.equal(acrOf(['hwk', 'pin'], ['urn:doorward:acr:sfa']), 'urn:doorward:acr:sfa')
    assert.equal(acrOf(['pwd'], ['phr']), 'urn:doorward:acr:sfa')
  })
})
