import { View } from '@tarojs/components'
import type { Me } from '@/api/types'
import { Notice } from '@/ui/notice'

/** For whom a guardian's phone acts, and that whoever has turned 14 should bind their own. */
export function WhoActs({ me }: { me: Me }) {
  if (me.relation === 'self') return null
  return (
    <>
      <View className="soft">
        您在替{me.name}操作（{me.relation_word}）。
      </View>
      {me.own_binding_due ? (
        <Notice icon="person" testId="own-binding-due">
          {me.name}已满14岁，请带上本人的手机，找医生要一个绑定码。
        </Notice>
      ) : null}
    </>
  )
}
