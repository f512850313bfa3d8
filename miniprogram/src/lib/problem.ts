/** What went wrong, in one shape: the server's problem document, or the network's silence. */
export interface ProblemFacts {
  type: string
  title: string
  status: number
  detail?: string | null
  /** Which of several causes one type has. */
  reason?: string | null
  retryAfterS?: number | null
  /** The whole document: what one type tells more than the others. */
  told?: Record<string, unknown>
}

export class ApiProblem extends Error {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string | null
  readonly reason: string | null
  readonly retryAfterS: number | null
  readonly told: Record<string, unknown>

  constructor(facts: ProblemFacts) {
    super(facts.type)
    this.name = 'ApiProblem'
    this.type = facts.type
    this.title = facts.title
    this.status = facts.status
    this.detail = facts.detail ?? null
    this.reason = facts.reason ?? null
    this.retryAfterS = facts.retryAfterS ?? null
    this.told = facts.told ?? {}
  }
}

export const offline = () => new ApiProblem({ type: 'offline', title: '', status: 0 })
export const timedOut = () => new ApiProblem({ type: 'timeout', title: '', status: 0 })

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const detail = String((error as Error)?.message ?? error)
  return new ApiProblem({ type: 'unexpected', title: '', status: 0, detail })
}

/** True when sending the same thing again later may succeed. */
export function isPassing(problem: ApiProblem): boolean {
  if (problem.status === 0 || problem.status >= 500) return true
  return [401, 408, 425, 429].includes(problem.status)
}

export function problemFrom(status: number, body: unknown, retryAfter: string | null): ApiProblem {
  const facts = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemFacts>
  return new ApiProblem({
    type: typeof facts.type === 'string' ? facts.type : `http-${status}`,
    title: typeof facts.title === 'string' ? facts.title : '',
    status,
    detail: typeof facts.detail === 'string' ? facts.detail : null,
    reason: typeof facts.reason === 'string' ? facts.reason : null,
    retryAfterS: retryAfter ? Number.parseInt(retryAfter, 10) || null : null,
    told: facts as Record<string, unknown>,
  })
}
