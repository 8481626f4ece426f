import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseId } from '../storage/id.ts'
import type { ClientMetadata } from './client-metadata.ts'
import type { OAuthClient } from './client.ts'
import { createSubjects } from './subjects.ts'

const subjects = createSubjects({ pairwiseKey: Buffer.alloc(32, 1) })
const [ada, bob] = ['0000tIxTOxc', '0000tIxTOxd']
const signIn = parseId('0000tIxTOxe') ?? 0n

function client(id: string, metadata: ClientMetadata = {}): OAuthClient {
  return { id, metadata } as OAuthClient
}

const pairwise = (id: string, metadata: ClientMetadata): OAuthClient =>
  client(id, { subjectType: 'pairwise', ...metadata })

describe('createSubjects', () => {
  it('calls a user by their id, the same for all, unless the client wants pairwise names [ID05]', () => {
    assert.equal(subjects.subjectOf(client('one'), ada), ada)
    assert.equal(subjects.subjectOf(client('two', { subjectType: 'public' }), ada), ada)
    assert.equal(subjects.sidOf(client('one'), signIn), '0000tIxTOxe')
  })

  it('calls a user by another name in each sector, which stays [ID05]', () => {
    // OpenID Connect Core 1.0, section 8.1: "a single host component of all redirect_uris".
    const here = pairwise('one', { redirectUris: ['https://app.example/cb', 'https://app.example/other'] })
    const sameSector = pairwise('two', { redirectUris: ['https://app.example/cb2'] })
    const elsewhere = pairwise('three', { redirectUris: ['https://other.example/cb'] })
    const shared = pairwise('four', {
      redirectUris: ['https://other.example/cb', 'https://third.example/cb'],
      sectorIdentifierUri: 'https://app.example/uris.json',
    })
    const name = subjects.subjectOf(here, ada)
    assert.match(name, /^[A-Za-z0-9_-]{43}$/)
    assert.equal(subjects.subjectOf(here, ada), name)
    assert.equal(subjects.subjectOf(sameSector, ada), name)
    assert.equal(subjects.subjectOf(shared, ada), name)
    assert.notEqual(subjects.subjectOf(elsewhere, ada), name)
    assert.notEqual(subjects.subjectOf(here, bob), name)
    const others = createSubjects({ pairwiseKey: randomBytes(32) })
    assert.notEqual(others.subjectOf(here, ada), name)
  })

  it('makes a client without a host of its own a sector of its own', () => {
    const native = (id: string): OAuthClient => pairwise(id, { redirectUris: ['com.example.app:/cb'] })
    assert.notEqual(subjects.subjectOf(native('one'), ada), subjects.subjectOf(native('two'), ada))
  })

  it('does not let sectors tell by sid that two sign-ins are one', () => {
    const [here, elsewhere] = ['app', 'other'].map((host) =>
      pairwise(host, { redirectUris: [`https://${host}.example/cb`] }),
    ) as [OAuthClient, OAuthClient]
    assert.notEqual(subjects.sidOf(here, signIn), subjects.sidOf(elsewhere, signIn))
    assert.equal(subjects.sidOf(here, signIn), subjects.sidOf(here, signIn))
  })

  it('wants a key that cannot be guessed', () => {
    assert.throws(() => createSubjects({ pairwiseKey: new Uint8Array(16) }), TypeError)
  })
})
