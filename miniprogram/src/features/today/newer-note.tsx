import { Notice } from '@/ui/notice'

/** Something of today is of a kind that came after this version: nothing to do is not true then. */
export function NewerNote() {
  return (
    <Notice tone="wait" testId="newer">
      今天还有别的事，这个版本显示不出来。请关掉小程序再打开，会自动更新。
    </Notice>
  )
}
