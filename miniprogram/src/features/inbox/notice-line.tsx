import { Text, View } from '@tarojs/components'
import type { Notice } from '@/api/types'
import { momentWords } from '@/lib/time'
import { Icon } from '@/ui/icon'
import { openerOf } from './subjects'
import '@/ui/lines.css'

export function NoticeLine({ notice }: { notice: Notice }) {
  const go = openerOf(notice.subject)
  return (
    <View className="view-line" data-testid="notice-line" onClick={() => go?.()}>
      <Icon name="bell" tone={notice.read_at ? 'held' : 'accent'} />
      <View className="view-words">
        <View className={notice.read_at ? '' : 'strong'}>
          {notice.read_at ? null : <Text className="new-mark">新</Text>}
          {notice.title}
        </View>
        <View className="soft">{momentWords(notice.created_at)}</View>
      </View>
      {go ? <Icon name="next" tone="held" size="s" /> : null}
    </View>
  )
}
