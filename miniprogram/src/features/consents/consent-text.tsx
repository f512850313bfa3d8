import { View } from '@tarojs/components'
import type { ConsentDocument } from '@/api/types'
import { Card } from '@/ui/card'
import { versionWords } from './words'

export function ConsentText({ document }: { document: ConsentDocument }) {
  return (
    <Card title={document.title} testId={`consent-text-${document.purpose}`}>
      {document.paragraphs.map((paragraph) => (
        <View key={paragraph} className="paragraph">
          {paragraph}
        </View>
      ))}
      <View className="soft">{versionWords(document.version)}</View>
    </Card>
  )
}
