import { ahead, packages, pages } from './lib/routes'
import { tabs } from './lib/tabs'
import { palettes } from './ui/tokens.gen'

const { surface, ground, held, accent } = palettes.light

const { main, ...others } = packages
const rootOf = (name: string) => `packages/${name}`
const withoutSlash = (path: string) => path.slice(1)

export default defineAppConfig({
  pages: Object.values(main).map(withoutSlash),
  subPackages: Object.entries(others).map(([name, paths]) => ({
    root: rootOf(name),
    pages: Object.values(paths).map((path) => withoutSlash(path).slice(rootOf(name).length + 1)),
  })),
  preloadRule: {
    [withoutSlash(pages.today)]: { network: 'all', packages: ahead.map(rootOf) },
  },
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
  lazyCodeLoading: 'requiredComponents',
  __usePrivacyCheck__: true,
})
