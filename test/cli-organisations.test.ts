import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createDoorward, type Ended } from '../src/cli/doorward.contract.ts'

const { run, remove } = createDoorward()
after(remove)

describe('doorward, about organisations and roles', () => {
  before(async () => {
    for (const name of ['ada', 'bob']) await ok(['create-user', name, '--no-password'])
    const limits = ['--permission', 'notes.view', '--permission', 'notes.change', '--scope', 'read']
    const made = await json(['create-organisation', 'Acme Inc.', '--owner', 'ada', ...limits])
    assert.deepEqual([made['slug'], made['allowedScopes']], ['acme-inc', ['read']])
  })

  it('makes members, changes what they are, and takes them out, but for the last owner', async () => {
    assert.equal((await ok(['add-member', 'acme-inc', 'bob'])).stdout, 'bob is a member of acme-inc.\n')
    assert.equal(
      (await ok(['add-member', 'acme-inc', 'bob', '--as', 'admin'])).stdout,
      'bob is an admin of acme-inc.\n',
    )
    assert.match((await ok(['list-members', 'acme-inc'])).stdout, /ada +owner[^]*bob +admin/)
    const { code, stderr } = await run(['remove-member', 'acme-inc', 'ada'])
    assert.deepEqual([code, stderr], [1, 'An organisation needs an owner. Make somebody else an owner first.\n'])
    await ok(['remove-member', 'acme-inc', 'bob'])
    assert.equal((await run(['add-member', 'acme-inc', 'bob', '--as', 'king'])).code, 2)
  })

  it('makes roles and gives them, everywhere or in an organisation, for a time', async () => {
    await ok(['add-member', 'acme-inc', 'bob'])
    await ok(['create-role', 'editor', '--permission', 'notes.change', '--description', 'Writes notes'])
    await ok(['create-role', 'clerk', '--organisation', 'acme-inc', '--from', 'member', '--permission', 'notes.view'])
    assert.match((await ok(['grant-role', 'editor', 'bob', '--for', '8h'])).stdout, /^bob has the role editor until 20/)
    const clerk = ['clerk', 'bob', '--organisation', 'acme-inc']
    assert.equal((await ok(['grant-role', ...clerk])).stdout, 'bob has the role clerk in acme-inc.\n')
    assert.match((await ok(['list-members', 'acme-inc'])).stdout, /bob +member +clerk/)
    const roles = (await ok(['list-roles', '--organisation', 'acme-inc'])).stdout
    assert.match(roles, /owner +built in[^]*clerk +organisation\.view members\.view notes\.view/)
    await ok(['revoke-role', ...clerk])
    assert.equal((await run(['revoke-role', ...clerk])).stderr, 'bob does not have the role clerk there.\n')
    const beyond = await run(['create-role', 'x', '--organisation', 'acme-inc', '--permission', 'notes.delete'])
    assert.deepEqual([beyond.code, beyond.stderr], [1, 'permissions: The organisation may not give: notes.delete.\n'])
  })

  it('gives an organisation its service accounts and clients, and suspends them with it', async () => {
    await ok(['create-service-account', 'nightly', '--organisation', 'acme-inc', '--scope', 'read'])
    const made = await json(['create-key', '--service-account', 'nightly', '--name', 'ci', '--scope', 'read'])
    const asks = ['explain', '/', '-H', `X-Api-Key: ${String(made['key'])}`]
    assert.match((await run(asks)).stdout, /let in: 200/)
    await ok(['suspend-organisation', 'acme-inc'])
    assert.match((await run(asks)).stdout, /refused: 401/)
    assert.match((await ok(['list-organisations'])).stdout, /acme-inc +Acme Inc\. .* suspended/)
    await ok(['resume-organisation', 'acme-inc'])
    assert.match((await run(asks)).stdout, /let in: 200/)
    const client = ['create-client', '--name', 'job', '--grant', 'client_credentials', '--organisation', 'acme-inc']
    assert.match((await ok(client)).stdout, /client_id/)
  })

  it('says what is not there, and what to do', async () => {
    for (const [words, said] of [
      [['list-members', 'nobody'], /There is no organisation nobody\. Make it with: doorward create-organisation/],
      [['grant-role', 'boss', 'bob'], /There is no role boss\. Make it with: doorward create-role boss/],
      [['grant-role', 'owner', 'bob'], /Use: doorward add-member --as owner/],
      [['create-role', 'x', '--from', 'nothing'], /There is no role nothing\. Nothing was done/],
      [['create-organisation', 'Acme Inc.', '--owner', 'ada'], /The short name of the organisation is taken/],
    ] as const) {
      const { code, stderr } = await run([...words])
      assert.equal(code, 1)
      assert.match(stderr, said)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
    }
    assert.equal((await run(['create-organisation', '???', '--owner', 'ada'])).code, 2)
    assert.equal((await run(['create-organisation', 'Other'])).code, 2)
  })
})

async function ok(words: readonly string[]): Promise<Ended> {
  const ended = await run([...words])
  assert.equal(ended.code, 0, ended.stderr)
  return ended
}

async function json(words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await ok([...words, '--json'])).stdout) as Readonly<Record<string, unknown>>
}
