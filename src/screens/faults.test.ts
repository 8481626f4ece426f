import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import { faultsOf, problemsOf } from './faults.ts'

test('what a store refuses about values is told whole, at the control of each', () => {
  const body = { name: ['Give a name.'], redirectUris: ['One has no scheme.', 'One has a fragment.'], count: 2 }
  const faults = faultsOf(new RequestRefused('invalid', undefined, { body }))
  assert.deepEqual(faults, { name: 'Give a name.', redirectUris: 'One has no scheme. One has a fragment.' })
  assert.deepEqual(problemsOf(faults, { redirectUris: 'redirects' }), [
    { field: 'name', message: 'Give a name.' },
    { field: 'redirects', message: 'One has no scheme. One has a fragment.' },
  ])
})

test('a refusal that names no value is about the whole form', () => {
  const refused = new RequestRefused('conflict', 'There is one of that name.')
  assert.deepEqual(faultsOf(refused), { main: 'There is one of that name.' })
})

test('whatever else went wrong is no fault of what was typed', () => {
  for (const error of [new RequestRefused('not_found'), new PermissionDenied(), new Error('disk full')]) {
    assert.throws(() => faultsOf(error), error)
  }
})
