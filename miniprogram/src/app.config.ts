import { pages } from './lib/routes'
import { tabs } from './lib/tabs'

export default defineAppConfig({
  pages: Object.values(pages).map((path) => path.slice(1)),
  window: {
    navigationStyle: 'default',
    navigationBarTitleText: '微步之约',
    navigationBarBackgroundColor: '#ffffff',
    navigationBarTextStyle: 'black',
    backgroundColor: '#f3f5f7',
  },
  tabBar: {
    custom: true,
    color: '#5b6472',
    selectedColor: '#1557b0',
    backgroundColor: '#ffffff',
    borderStyle: 'black',
    list: tabs.map(({ name, word }) => ({ pagePath: pages[name].slice(1), text: word })),
  },
  lazyCodeLoading: 'requiredComponents',
  __usePrivacyCheck__: true,
})
