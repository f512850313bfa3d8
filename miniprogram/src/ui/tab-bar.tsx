import { Text, View } from '@tarojs/components'
import { toTab } from '@/platform/navigation'
import { Icon } from './icon'

const TABS = [
  { name: 'today', word: '今日', icon: 'today' },
  { name: 'calendar', word: '日历', icon: 'calendar' },
  { name: 'mine', word: '我的', icon: 'person' },
] as const

/** Our own bar: WeChat's is set in ten pixels and cannot grow. */
export function TabBar({ current }: { current: (typeof TABS)[number]['name'] }) {
  return (
    <View className="tabs">
      {TABS.map((tab) => (
        <View
          key={tab.name}
          className={`tab${tab.name === current ? ' tab-current' : ''}`}
          data-testid={`tab-${tab.name}`}
          onClick={() => {
            if (tab.name !== current) toTab(tab.name)
          }}
        >
          <Icon name={tab.icon} tone={tab.name === current ? 'accent' : 'held'} />
          <Text className="tab-word">{tab.word}</Text>
        </View>
      ))}
    </View>
  )
}
