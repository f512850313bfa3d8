import type { ApiProblem } from '@/lib/problem'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

/** While a dose is looked for, or when it is not to be found. */
export function NoCard({ problem }: { problem: ApiProblem | null }) {
  return <Page>{problem ? <ProblemNote problem={problem} /> : <Waiting />}</Page>
}
