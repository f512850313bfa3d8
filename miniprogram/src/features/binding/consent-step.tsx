import { View } from '@tarojs/components'
import { useRef, useState } from 'react'
import type { AcceptedConsent, ConsentDocument } from '@/api/types'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { ConsentText, fetchDocuments } from '@/features/consents'
import { newId } from '@/lib/id'
import { BigButton } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

interface ConsentStepProps {
  onAccepted: (accepted: AcceptedConsent[], key: string) => Promise<void>
  onBack: () => void
}

/** One purpose a screen, each accepted by its own tap. */
export function ConsentStep({ onAccepted, onBack }: ConsentStepProps) {
  const { data: documents, problem, reload } = useLoad(fetchDocuments)
  const [accepted, setAccepted] = useState<AcceptedConsent[]>([])
  const [place, setPlace] = useState(0)
  const key = useRef(newId())
  const finish = useAction(() => onAccepted(latest.current, key.current))
  const latest = useRef(accepted)
  const total = documents?.length ?? 0
  const document = documents?.[place]

  const goOn = (next: AcceptedConsent[]) => {
    latest.current = next
    setAccepted(next)
    if (place + 1 < total) setPlace(place + 1)
    else void finish.run()
  }
  const agree = (to: ConsentDocument) => {
    const rest = accepted.filter((consent) => consent.purpose !== to.purpose)
    goOn([...rest, { purpose: to.purpose, version: to.version }])
  }
  if (!document) {
    return <Page>{problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Waiting />}</Page>
  }
  return (
    <Page
      footer={
        <>
          <BigButton testId="consent-accept" busy={finish.busy} onTap={() => agree(document)}>
            {place + 1 < total ? '我同意，看下一份' : '我同意，开始使用'}
          </BigButton>
          <BigButton
            look="plain"
            testId="consent-refuse"
            onTap={() => (document.required ? onBack() : goOn(accepted))}
          >
            {document.required ? '不同意，先不用' : '这项不同意，继续'}
          </BigButton>
        </>
      }
    >
      <View className="heading">
        请读一读（第 {place + 1} 份，共 {total} 份）
      </View>
      <ConsentText document={document} />
      {document.required ? (
        <Notice tone="accent" icon="question">
          不同意就不能拍视频服药。您可以到诊所当着医生的面服药。
        </Notice>
      ) : null}
      <ProblemNote problem={finish.problem} />
    </Page>
  )
}
