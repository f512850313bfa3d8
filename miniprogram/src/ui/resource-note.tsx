import type { Resource } from '@/offline/use-resource'
import { ProblemNote } from './problem-note'
import { StaleNote } from './stale-note'
import { Waiting } from './waiting'

type Standing = Pick<Resource<unknown>, 'data' | 'problem' | 'loading' | 'reload'>

/** How it goes with something of the server's: on its way, remembered only, or not to be had. */
export function ResourceNote({ of }: { of: Standing }) {
  const { data, problem, loading, reload } = of
  if (problem) {
    return data === null ? (
      <ProblemNote problem={problem} onRetry={reload} />
    ) : (
      <StaleNote problem={problem} />
    )
  }
  return data === null && loading ? <Waiting /> : null
}
