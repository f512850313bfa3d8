import { pages } from './lib/routes'
import { tabs } from './lib/tabs'
import { palettes } from './ui/tokens.gen'

const { surface, ground, held, accent } = palettes.light

export default defineAppConfig({
  pages: Object.values(pages).map((path) => path.slice(1)),
  window: {
    navigationStyle: 'default',
    navigationBarTitleText: '微步之约',
    navigationBarBackgroundColor: surface,
    navigationBarTextStyle: 'black',
    backgroundColor: ground,
  },
  tabBar: {
    custom: true,
    color: held,
    selectedColor: accent,
    backgroundColor: surface,
    borderStyle: 'black',
    list: tabs.map(({ name, word }) => ({ pagePath: pages[name].slice(1), text: word })),
  },
  sitemapLocation: 'sitemap.json',
  lazyCodeLoading: 'requiredComponents',
  __usePrivacyCheck__: true,
})
