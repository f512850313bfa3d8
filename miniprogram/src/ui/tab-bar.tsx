import { Text, View } from '@tarojs/components'
import { type TabName, tabs } from '@/lib/tabs'
import { toTab } from '@/platform/navigation'
import { Icon } from './icon'

/** Our own bar: WeChat's is set in ten pixels and cannot grow. */
export function TabBar({ current }: { current: TabName }) {
  return (
    <View className="tabs">
      {tabs.map((tab) => (
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
