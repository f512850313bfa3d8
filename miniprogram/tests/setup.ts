import { afterEach } from 'vitest'

// Tests empty the storage behind the app's back, and leave pages half opened. Both are asked for
// late: a test's own mocks come first.
afterEach(async () => {
  const { readAnew } = await import('@/platform/store')
  readAnew()
  const { endWay } = await import('@/platform/navigation')
  endWay()
})
