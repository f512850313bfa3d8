/** What WeChat is told of the pages, from the list of them in lib/routes. */

type Paths = Record<string, string>
export type Packages = { main: Paths } & Record<string, Paths>

const rootOf = (name: string) => `packages/${name}`
export const withoutSlash = (path: string) => path.slice(1)

/** `ahead`: the packages that the first page fetches on any network, to be there without one. */
export function appPages({ main, ...others }: Packages, ahead: readonly string[]) {
  const first = withoutSlash(Object.values(main)[0] ?? '')
  return {
    pages: Object.values(main).map(withoutSlash),
    subPackages: Object.entries(others).map(([name, paths]) => ({
      root: rootOf(name),
      pages: Object.values(paths).map((path) => withoutSlash(path).slice(rootOf(name).length + 1)),
    })),
    preloadRule: { [first]: { network: 'all' as const, packages: ahead.map(rootOf) } },
  }
}
