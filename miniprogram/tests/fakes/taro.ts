/** The few Taro calls that tested code makes, with a storage of their own. */
import { vi } from 'vitest'

const storage = new Map<string, unknown>()

const Taro = {
  getStorageSync: (key: string) => storage.get(key) ?? '',
  setStorageSync: (key: string, value: unknown) => void storage.set(key, value),
  removeStorageSync: (key: string) => void storage.delete(key),
  getStorageInfoSync: () => ({ keys: [...storage.keys()] }),
  clearStorageSync: () => storage.clear(),
  request: vi.fn(),
  uploadFile: vi.fn(),
  navigateTo: vi.fn(async () => undefined),
  redirectTo: vi.fn(async () => undefined),
  navigateBack: vi.fn(async () => undefined),
  switchTab: vi.fn(async () => undefined),
  reLaunch: vi.fn(async () => undefined),
  showToast: vi.fn(async () => undefined),
  getCurrentPages: () => [1, 2],
  onAppShow: vi.fn(),
}
export const useDidShow = vi.fn()
export const useDidHide = vi.fn()
export const usePullDownRefresh = vi.fn()
export const useRouter = () => ({ params: {} })
export default Taro
