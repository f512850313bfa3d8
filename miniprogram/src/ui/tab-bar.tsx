import { Text, View } from '@tarojs/components'
import { type TabName, tabs } from '@/lib/tabs'
import { toTab } from '@/platform/navigation'
import { spoken } from '@/platform/spoken'
import { Icon } from './icon'
import './tab-bar.css'

/** Our own bar: WeChat's is set in ten pixels and cannot grow. */
export function TabBar({ current }: { current: TabName }) {
  return (
    <View className="tabs" {...spoken({ role: 'tablist' })}>
      {tabs.map((tab) => (
        <View
          key={tab.name}
          className={`tab press${tab.name === current ? ' tab-current' : ''}`}
          hoverClass="press-down"
          {...spoken({ role: 'tab', label: tab.word, checked: tab.name === current })}
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
