import { appPages, withoutSlash } from './lib/app-pages'
import { ahead, packages, pages } from './lib/routes'
import { tabs } from './lib/tabs'
import { palettes } from './ui/tokens.gen'

const { surface, ground, held, accent } = palettes.light

export default defineAppConfig({
  ...appPages(packages, ahead),
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
    list: tabs.map(({ name, word }) => ({ pagePath: withoutSlash(pages[name]), text: word })),
  },
  sitemapLocation: 'sitemap.json',
  lazyCodeLoading: 'requiredComponents',
  __usePrivacyCheck__: true,
})
