import { afterEach } from 'vitest'

// Tests empty the storage behind the app's back. Asked for late: a test's own mocks come first.
afterEach(async () => {
  const { readAnew } = await import('@/platform/store')
  readAnew()
})
