import path from 'node:path'
import { defineConfig } from 'vitest/config'

const here = (file: string) => path.resolve(__dirname, file)

export default defineConfig({
  resolve: {
    alias: {
      '@tarojs/components': here('tests/fakes/components.tsx'),
      '@tarojs/taro': here('tests/fakes/taro.ts'),
      '@': here('src'),
    },
    extensions: ['.h5.tsx', '.h5.ts', '.tsx', '.ts', '.mjs', '.js', '.json'],
  },
  define: { API_BASE: '""', APP_VERSION: '"1.0.0"', 'process.env.TARO_ENV': '"h5"' },
  esbuild: { jsx: 'automatic' },
  test: {
    setupFiles: ['tests/setup.ts'],
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
})
