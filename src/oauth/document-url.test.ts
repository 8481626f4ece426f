import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDocumentUrl } from './document-url.ts'

describe('isDocumentUrl', () => {
  it('takes https addresses with a path, and nothing that could be written in two ways [B-OID-18]', () => {
    for (const url of [
      'https://app.example/client.json',
      'https://app.example:8443/oauth/client',
      'https://app.example/a?b=c',
      'https://[2001:db8::1]/client',
      'https://app.example/%C3%A9',
    ]) {
      assert.equal(isDocumentUrl(url), true, url)
    }
    for (const url of [
      'http://app.example/client.json',
      'https://app.example',
      'https://app.example/',
      'https://ada@app.example/client.json',
      'https://ada:secret@app.example/client.json',
      'https://@app.example/client.json',
      'https://app.example/client.json#part',
      'https://app.example/client.json#',
      'https://app.example/a/../client.json',
      'https://app.example/./client.json',
      'https://app.example/a/%2e%2e/client.json',
      'https://app.example/a/%2E/client.json',
      'https://app.example/a%2f..%2fclient.json',
      'https://app.example/..',
      'https://App.example/client.json',
      'https://app.example:443/client.json',
      'https://app.example\\client.json',
      'https:app.example/client.json',
      'https:///client.json',
      'https://app.example/cli ent',
      'https://app.example/cli\nent',
      'https://äpp.example/client.json',
      'https://127.1/client.json',
      'https://[::1/client.json',
      'https://',
      '',
      `https://app.example/${'a'.repeat(1024)}`,
    ]) {
      assert.equal(isDocumentUrl(url), false, url)
    }
  })
})
