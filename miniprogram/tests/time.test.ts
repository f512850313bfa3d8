import { afterEach, describe, expect, it } from 'vitest'
import {
  addDays,
  addMonths,
  clockOf,
  dayOf,
  instantOf,
  longDayWords,
  momentWords,
  setZone,
  windowWords,
} from '@/lib/time'

afterEach(() => setZone('Asia/Shanghai'))

describe('instantOf', () => {
  it.each([
    ['2026-11-22T04:00:00+08:00', '2026-11-21T20:00:00.000Z'],
    ['2026-11-21T20:00:00Z', '2026-11-21T20:00:00.000Z'],
    ['2026-11-21T20:00:00.123456Z', '2026-11-21T20:00:00.123Z'],
    ['2026-11-21T14:30-05:30', '2026-11-21T20:00:00.000Z'],
  ])('reads %s', (text, same) => {
    expect(new Date(instantOf(text)).toISOString()).toBe(same)
  })

  it('does not guess at a time without an offset', () => {
    expect(instantOf('2026-11-22T04:00:00')).toBeNaN()
  })
})

describe('what a patient reads', () => {
  it('is in the patient’s own zone, whatever offset the server wrote', () => {
    expect(clockOf('2026-11-21T20:05:00Z')).toBe('4:05')
    expect(momentWords('2026-11-21T20:05:00Z')).toBe('11月22日 4:05')
  })

  it('follows the zone the server names', () => {
    setZone('Asia/Urumqi')
    expect(clockOf('2026-11-21T20:05:00Z')).toBe('2:05')
    setZone('America/New_York')
    expect(clockOf('2026-07-01T12:00:00Z')).toBe('8:00')
    expect(clockOf('2026-12-01T12:00:00Z')).toBe('7:00')
  })

  it('says that a window closes on the next day', () => {
    expect(windowWords('2026-11-22T04:00:00+08:00', '2026-11-23T03:00:00+08:00')).toBe(
      '4:00 到次日 3:00',
    )
    expect(windowWords('2026-11-22T04:00:00+08:00', '2026-11-22T12:00:00+08:00')).toBe(
      '4:00 到 12:00',
    )
  })

  it('names the day', () => {
    expect(longDayWords('2026-11-22')).toBe('11月22日 星期日')
  })
})

describe('days and months', () => {
  it('cross month and year ends', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addMonths('2026-12', 1)).toBe('2027-01')
    expect(addMonths('2026-01', -1)).toBe('2025-12')
  })

  it('the day turns at the patient’s midnight', () => {
    expect(dayOf(instantOf('2026-11-22T15:59:59Z'))).toBe('2026-11-22')
    expect(dayOf(instantOf('2026-11-22T16:00:00Z'))).toBe('2026-11-23')
  })
})
