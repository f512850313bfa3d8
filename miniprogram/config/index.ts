import path from 'node:path'
import { defineConfig, type UserConfigExport } from '@tarojs/cli'
import webpack from 'webpack'
import { version } from '../package.json'

const src = path.resolve(__dirname, '..', 'src')
// One CSS px is one logical px on both targets: rpx and rem would shrink the type on small phones.
// No two sheets speak of the same element (checks/sources.mjs): their order means nothing.
const miniCssExtractPluginOption = { ignoreOrder: true }
const postcss = { pxtransform: { enable: false, config: {} } }

if (process.env.TARO_ENV === 'weapp' && !process.env.API_BASE) {
  throw new Error('Set API_BASE=https://your.server: a Mini Program has no origin of its own.')
}

export default defineConfig<'webpack5'>(async () => {
  const config: UserConfigExport<'webpack5'> = {
    projectName: 'weibu-miniprogram',
    date: '2026-1-1',
    framework: 'react',
    compiler: 'webpack5',
    cache: { enable: true },
    designWidth: 375,
    deviceRatio: { 375: 2, 640: 1.17, 750: 1, 828: 0.905 },
    sourceRoot: 'src',
    outputRoot: `dist/${process.env.TARO_ENV}`,
    alias: { '@': src },
    plugins: [path.resolve(__dirname, 'spoken.cjs')],
    defineConstants: {
      // Empty means same origin, which only h5 can have.
      API_BASE: JSON.stringify(process.env.API_BASE ?? ''),
      APP_VERSION: JSON.stringify(version),
    },
    ...(process.env.TARO_ENV === 'weapp'
      ? {
          copy: {
            patterns: [{ from: 'src/sitemap.json', to: 'dist/weapp/sitemap.json' }],
            options: {},
          },
        }
      : {}),
    mini: { postcss, miniCssExtractPluginOption, optimizeMainPackage: { enable: true } },
    h5: {
      publicPath: '/m/',
      staticDirectory: 'static',
      postcss,
      miniCssExtractPluginOption,
      router: { mode: 'hash' },
      webpackChain(chain) {
        // Pages that come over the network one by one would be missing when there is none.
        chain.plugin('one-script').use(webpack.optimize.LimitChunkCountPlugin, [{ maxChunks: 1 }])
      },
      devServer: {
        host: '127.0.0.1',
        port: 10086,
        open: false,
        proxy: [{ context: ['/api', '/m/preview.json'], target: 'http://127.0.0.1:8000' }],
      },
    },
  }
  return config
})
