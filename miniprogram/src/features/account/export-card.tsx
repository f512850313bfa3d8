import { View } from '@tarojs/components'
import { useState } from 'react'
import { useAction } from '@/api/use-action'
import { todayHere } from '@/features/today'
import { makeFile, type ReadyFile, shareFile, shareHint, shareWords } from '@/platform/share-file'
import { BigButton } from '@/ui/big-button'
import { Card } from '@/ui/card'
import { ProblemNote } from '@/ui/problem-note'
import { fetchExport } from './api'

/** In two steps: the file is handed over first thing in a tap, or WeChat does not let it go. */
export function ExportCard() {
  const [ready, setReady] = useState<ReadyFile | null>(null)
  const make = useAction(async () => {
    const held = await fetchExport()
    setReady(makeFile(`weibu-${todayHere()}.json`, JSON.stringify(held, null, 2)))
  })
  const share = useAction(async () => {
    if (ready && (await shareFile(ready))) setReady(null)
  })
  return (
    <Card title="导出我的资料">
      <View className="paragraph">把我们存着的、关于您的全部资料存成一个文件。{shareHint}</View>
      {ready ? (
        <BigButton busy={share.busy} onTap={share.run} testId="export-share">
          {shareWords}
        </BigButton>
      ) : (
        <BigButton look="plain" busy={make.busy} onTap={make.run} testId="export">
          导出
        </BigButton>
      )}
      <ProblemNote problem={ready ? share.problem : make.problem} />
    </Card>
  )
}
