import { baseLibrary, isTooOld } from '@/platform/where'
import { Notice } from './notice'

/** Below the oldest version that has what filming needs: better told now than in the middle. */
export function OldWechatNote() {
  if (!isTooOld(baseLibrary())) return null
  return (
    <Notice tone="danger" testId="old-wechat">
      您的微信版本太旧，可能拍不了视频。请先更新微信，或者让家人帮忙更新。
    </Notice>
  )
}
