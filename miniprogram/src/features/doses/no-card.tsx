import type { ApiProblem } from '@/api/problem'
import { Page } from '@/components/page'
import { ProblemNote } from '@/components/problem-note'
import { Waiting } from '@/components/waiting'

/** While a dose is looked for, or when it is not to be found. */
export function NoCard({ problem }: { problem: ApiProblem | null }) {
  return <Page>{problem ? <ProblemNote problem={problem} /> : <Waiting />}</Page>
}
