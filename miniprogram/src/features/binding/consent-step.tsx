import { View } from '@tarojs/components'
import { useEffect, useRef, useState } from 'react'
import type { AcceptedConsent, ConsentDocument } from '@/api/types'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { ConsentText, END_MARK, EndMark, fetchDocuments, useReadToEnd } from '@/features/consents'
import { newId } from '@/lib/id'
import { scrollTo, scrollToTop } from '@/platform/scroll'
import { BigButton, type BigButtonProps } from '@/ui/big-button'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

const ARMED_MS = 800

interface ConsentStepProps {
  onAccepted: (accepted: AcceptedConsent[], key: string) => Promise<void>
  onBack: () => void
}

/** It stands where another button stood a moment ago: a touch meant for that one is no consent. */
function Accept(props: Pick<BigButtonProps, 'busy' | 'onTap' | 'children'>) {
  const [armed, setArmed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setArmed(true), ARMED_MS)
    return () => clearTimeout(timer)
  }, [])
  return <BigButton testId="consent-accept" disabled={!armed} {...props} />
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
  const { read, readOn } = useReadToEnd(document?.purpose ?? '')
  // biome-ignore lint/correctness/useExhaustiveDependencies: each text opens at its top
  useEffect(scrollToTop, [place])
  const scrollOn = () => {
    readOn()
    scrollTo(END_MARK)
  }

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
          {read ? (
            <Accept key={document.purpose} busy={finish.busy} onTap={() => agree(document)}>
              {place + 1 < total ? '我同意，看下一份' : '我同意，开始使用'}
            </Accept>
          ) : (
            <BigButton key="read-on" testId="consent-read-on" onTap={scrollOn}>
              请先往下看完
            </BigButton>
          )}
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
      <EndMark />
      {document.required ? (
        <Notice tone="accent" icon="question">
          不同意就不能拍视频服药。您可以到诊所当着医生的面服药。
        </Notice>
      ) : null}
      <ProblemNote problem={finish.problem} />
    </Page>
  )
}
