import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRate } from './rate.ts'

describe('parseRate', () => {
  it('reads a limit and a period', () => {
    assert.deepEqual(parseRate('100/hour'), { limit: 100, window: 3600, text: '100/hour' })
    assert.deepEqual(parseRate('5/min'), { limit: 5, window: 60, text: '5/min' })
    assert.deepEqual(parseRate('3/s'), { limit: 3, window: 1, text: '3/s' })
    assert.deepEqual(parseRate('1000/day'), { limit: 1000, window: 86_400, text: '1000/day' })
  })

  it('reads a number of periods', () => {
    assert.equal(parseRate('10/15m').window, 900)
    assert.equal(parseRate('20/30s').window, 30)
    assert.equal(parseRate('1/30days').window, 30 * 86_400)
  })

  it('looks only at the first letter of the period, as Django REST framework does', () => {
    assert.equal(parseRate('1/sec').window, 1)
    assert.equal(parseRate('1/minute').window, 60)
    assert.equal(parseRate('1/Hours').window, 3600)
    assert.equal(parseRate('1/d').window, 86_400)
  })

  it('passes on a rate that was read before', () => {
    const rate = parseRate('3/s')
    assert.equal(parseRate(rate), rate)
  })

  it('refuses what it cannot read, and names it and the accepted forms [B-THR-08]', () => {
    const wrong = [
      '',
      '/',
      '5',
      '5/',
      '/min',
      '0/min',
      '-1/min',
      '1.5/min',
      '1e3/min',
      ' 5/min',
      '5/ min',
      '5/min ',
      '5/week',
    ]
    const worse = [
      '5/0m',
      '5/min/min',
      '5/15',
      '5 per min',
      '99999999999/d',
      '1/9999999d',
      '5/month',
      '10/100ms',
      '1/milli',
      '2000000/s',
      '٣/min',
      '5/m\n',
      '5/mi\u0000n',
    ]
    for (const text of [...wrong, ...worse, `1/m${'i'.repeat(5000)}`, '9'.repeat(100_000)]) {
      assert.throws(
        () => parseRate(text),
        (error) =>
          error instanceof TypeError &&
          error.message.includes(JSON.stringify(text)) &&
          error.message.includes("'100/hour'"),
        text.slice(0, 20),
      )
    }
  })

  it('refuses a rate of numbers that make none', () => {
    for (const [limit, window] of [
      [0, 1],
      [1, 0],
      [1.5, 60],
      [Number.NaN, 60],
      [1, Number.NaN],
      [1, Infinity],
      [-1, 60],
      [5, -60],
      [3, 1e-6],
    ]) {
      assert.throws(() => parseRate({ limit: limit as number, window: window as number, text: 'bad' }), /"bad"/)
    }
  })

  it('refuses what is neither a text nor a rate', () => {
    for (const value of [5, true, {}, [], undefined, null]) {
      assert.throws(() => parseRate(value as string), /cannot be read/)
    }
  })
})
