import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesIn, wordsIn } from './words-in.ts'

test('words stand between spaces and line breaks, however many', () => {
  assert.deepEqual(wordsIn('  notes.view\r\n\r\nnotes.change\tbooks.lend '), [
    'notes.view',
    'notes.change',
    'books.lend',
  ])
  assert.deepEqual([wordsIn(''), wordsIn(' \n ')], [[], []])
  assert.deepEqual(wordsIn('https://a.example/?x=1,2'), ['https://a.example/?x=1,2'])
})

test('addresses may have commas between as well', () => {
  assert.deepEqual(addressesIn('192.0.2.7, 10.0.0.0/8,\n2001:db8::/32'), ['192.0.2.7', '10.0.0.0/8', '2001:db8::/32'])
})
