import { View } from '@tarojs/components'
import type { ApiProblem } from '@/lib/problem'
import { open } from '@/platform/navigation'
import { namesDoctor, problemWords } from '@/ui/problem-words'
import { BigButton } from './big-button'
import { CallDoctor } from './call-doctor'
import { Notice } from './notice'

/** What failed, in plain words, with the way out beside it. */
export function ProblemNote({
  problem,
  onRetry,
}: {
  problem: ApiProblem | null
  onRetry?: () => void
}) {
  if (!problem) return null
  return (
    <View className="problem">
      <Notice tone="danger" icon={problem.status === 0 ? 'nosignal' : 'stop'} testId="problem">
        {problemWords(problem)}
      </Notice>
      {problem.type === 'consent-required' ? (
        <BigButton onTap={() => open('consents')} testId="to-consents">
          去看同意书
        </BigButton>
      ) : null}
      {namesDoctor(problemWords(problem)) ? <CallDoctor /> : null}
      {onRetry ? (
        <BigButton look="plain" onTap={onRetry} testId="retry">
          再试一次
        </BigButton>
      ) : null}
    </View>
  )
}
