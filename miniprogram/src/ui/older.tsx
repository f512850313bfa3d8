import { View } from '@tarojs/components'
import type { Pages } from '@/api/use-pages'
import { BigButton } from './big-button'
import { ProblemNote } from './problem-note'
import './lines.css'

type OlderOf = Pick<
  Pages<{ items: unknown[]; next_cursor: string | null }>,
  'older' | 'problemOfOlder' | 'fetchOlder'
>

/** Under a list: the way to older ones, or that there are none. */
export function Older({ of, testId }: { of: OlderOf; testId: string }) {
  if (of.older === 'none') return null
  if (of.older === 'end') return <View className="lines-end">没有更早的了</View>
  return (
    <>
      <ProblemNote problem={of.problemOfOlder} />
      <BigButton look="plain" busy={of.older === 'loading'} onTap={of.fetchOlder} testId={testId}>
        {of.problemOfOlder ? '再试一次' : '看更早的'}
      </BigButton>
    </>
  )
}
