import type { ApiProblem } from '@/lib/problem'
import { Notice } from './notice'
import { ProblemNote } from './problem-note'

/** Over what is remembered: that it is not fresh, and why. */
export function StaleNote({ problem }: { problem: ApiProblem }) {
  if (problem.status !== 0) return <ProblemNote problem={problem} />
  return (
    <Notice tone="wait" icon="nosignal" testId="stale">
      没有网络，显示的是上次的内容。
    </Notice>
  )
}
