/** The tabs, in their order: for the bar, for the ways to them, and for WeChat. */
export const tabs = [
  { name: 'today', word: '今日', icon: 'today' },
  { name: 'calendar', word: '日历', icon: 'calendar' },
  { name: 'mine', word: '我的', icon: 'person' },
] as const
export type TabName = (typeof tabs)[number]['name']

export const isTab = (page: string): page is TabName => tabs.some((tab) => tab.name === page)
