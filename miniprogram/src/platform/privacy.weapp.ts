import Taro from '@tarojs/taro'

/** WeChat's own window asks before the first private thing is used; here one can read the terms again. */
export const hasPrivacyContract = true

export async function openPrivacyContract(): Promise<void> {
  await Taro.openPrivacyContract({})
}
