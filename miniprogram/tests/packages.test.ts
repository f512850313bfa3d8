import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { packages, pages } from '@/lib/routes'

interface AppConfig {
  pages: string[]
  subPackages: { root: string; pages: string[] }[]
  preloadRule: Record<string, { network: string; packages: string[] }>
  tabBar: { list: { pagePath: string }[] }
}

vi.stubGlobal('defineAppConfig', (config: AppConfig) => config)
const app = (await import('@/app.config')).default as unknown as AppConfig
const src = resolve(__dirname, '../src')
const told = [
  ...app.pages,
  ...app.subPackages.flatMap(({ root, pages: own }) => own.map((page) => `${root}/${page}`)),
]

describe('what WeChat is told of the pages', () => {
  it('is every page that there is, each once', () => {
    const there = readdirSync(src, { recursive: true })
      .map(String)
      .filter((name) => /^(pages|packages)\/.*index\.tsx$/.test(name))
      .map((name) => name.replace('.tsx', ''))

    expect([...told].sort()).toEqual(there.sort())
    expect(told).toHaveLength(Object.keys(pages).length)
  })

  it('keeps in the main package what must open with no signal on the first day', () => {
    expect(Object.keys(packages.main)).toEqual(
      expect.arrayContaining([
        ...['today', 'sideEffects', 'camera', 'preview', 'severe', 'cannotFilm', 'dose', 'outbox'],
      ]),
    )
    for (const { pagePath } of app.tabBar.list) expect(app.pages).toContain(pagePath)
    expect(app.pages[0]).toBe('pages/today/index')
  })

  it('has one’s own pages fetched ahead on any network: they would not open offline', () => {
    expect(app.preloadRule['pages/today/index']).toEqual({
      network: 'all',
      packages: ['packages/me'],
    })
  })

  it('has the pages that printed and shown codes open', () => {
    for (const file of ['app/patients/service/binding_codes.py', 'app/accounts/service/scans.py']) {
      const source = readFileSync(join(src, '../..', file), 'utf8')
      const page = /^PAGE = "(.+)"$/m.exec(source)?.[1]

      expect(told).toContain(page)
    }
  })
})
