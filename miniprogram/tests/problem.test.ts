import { describe, expect, it } from 'vitest'
import { ApiProblem, isPassing, offline, problemFrom, timedOut } from '@/lib/problem'
import { problemWords } from '@/ui/problem-words'

describe('problemFrom', () => {
  it('takes the server’s problem document', () => {
    const body = { type: 'dose-not-open', title: '时间已过', status: 409 }
    expect(problemFrom(409, body, null)).toMatchObject({
      type: 'dose-not-open',
      title: '时间已过',
      status: 409,
    })
  })

  it('has a type even for an answer that is no problem document', () => {
    expect(problemFrom(502, '<html>', null)).toMatchObject({ type: 'http-502', status: 502 })
  })

  it('reads when to try again', () => {
    expect(problemFrom(429, null, '30').retryAfterS).toBe(30)
  })
})

describe('isPassing', () => {
  it.each([
    [offline(), true],
    [timedOut(), true],
    [problemFrom(503, null, null), true],
    [problemFrom(429, null, null), true],
    [problemFrom(401, null, null), true],
    [problemFrom(409, { type: 'film-already-sent' }, null), false],
    [problemFrom(404, null, null), false],
    [problemFrom(422, null, null), false],
  ])('%s: %s', (problem, passing) => {
    expect(isPassing(problem)).toBe(passing)
  })
})

describe('problemWords', () => {
  it('says what to do for a known type, whatever the server’s title', () => {
    const problem = new ApiProblem({ type: 'binding-code-expired', title: 'x', status: 410 })
    expect(problemWords(problem)).toBe('这个绑定码过期了。请让医生重新给您一个。')
  })

  it.each(['settled', 'too-late', 'not-yet'])('says why a dose is shut: %s', (reason) => {
    const body = { type: 'dose-not-open', title: 'x', reason }
    const words = problemWords(problemFrom(409, body, null))
    const others = ['settled', 'too-late', 'not-yet'].filter((other) => other !== reason)

    expect(words).toMatch(/^[^A-Za-z]+$/)
    for (const other of others) {
      expect(words).not.toBe(problemWords(problemFrom(409, { ...body, reason: other }, null)))
    }
  })

  it('says of a shut dose without a reason nothing that may be untrue', () => {
    const words = problemWords(problemFrom(409, { type: 'dose-not-open', title: 'x' }, null))
    expect(words).toBe('这次服药现在不能记。请打电话告诉医生。')
  })

  it('falls back to the server’s Chinese title', () => {
    const problem = new ApiProblem({ type: 'brand-new', title: '请明天再来。', status: 409 })
    expect(problemWords(problem)).toBe('请明天再来。')
  })

  it.each([500, 404, 0])('never shows nothing, and never English (%s)', (status) => {
    const words = problemWords(new ApiProblem({ type: 'strange', title: '', status }))
    expect(words).toMatch(/^[^A-Za-z]+$/)
  })
})
