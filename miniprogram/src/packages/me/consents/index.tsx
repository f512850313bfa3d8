import { View } from '@tarojs/components'
import type { ConsentDocument, ConsentRecord } from '@/api/types'
import { useAction } from '@/api/use-action'
import {
  acceptConsents,
  fetchConsents,
  fetchDocuments,
  withdrawConsent,
} from '@/features/consents/api'
import { ConsentText } from '@/features/consents/consent-text'
import { standingConsent } from '@/features/consents/standing'
import { Withdraw } from '@/features/consents/withdraw'
import { momentWords } from '@/lib/time'
import { useResource } from '@/offline/use-resource'
import { BigButton } from '@/ui/big-button'
import { guarded } from '@/ui/guarded'
import { Notice } from '@/ui/notice'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { ResourceNote } from '@/ui/resource-note'

function ConsentsPage() {
  const documents = useResource('consent-documents', fetchDocuments, { keep: 'offline' })
  const records = useResource('consents', fetchConsents, { keep: 'offline' })
  const known = records.data
  // One of the two is told: they fail alike.
  const note = <ResourceNote of={documents.data && !documents.problem ? records : documents} />
  if (!documents.data || !known) return <Page>{note}</Page>
  return (
    <Page>
      {note}
      {documents.data.map((document) => (
        <ConsentBlock
          key={document.purpose}
          document={document}
          records={known}
          onChange={records.replace}
        />
      ))}
    </Page>
  )
}

interface ConsentBlockProps {
  document: ConsentDocument
  records: ConsentRecord[]
  onChange: (records: ConsentRecord[]) => void
}

function ConsentBlock({ document, records, onChange }: ConsentBlockProps) {
  const { purpose, version } = document
  const standing = standingConsent(records, document)
  const accept = useAction(async () => onChange(await acceptConsents([{ purpose, version }])))
  const withdraw = useAction(async () => {
    onChange(await withdrawConsent(purpose))
  })
  return (
    <View>
      <ConsentText document={document} />
      <Notice
        tone={standing ? 'ok' : 'wait'}
        icon={standing ? 'check' : 'minus'}
        testId={`consent-state-${purpose}`}
      >
        {standing ? `您在 ${momentWords(standing.accepted_at)} 同意了。` : '您现在没有同意这一份。'}
      </Notice>
      <ProblemNote problem={accept.problem ?? withdraw.problem} />
      {standing ? (
        <Withdraw title={document.title} withdraw={withdraw} testId={purpose} />
      ) : (
        <BigButton busy={accept.busy} onTap={accept.run} testId={`consent-give-${purpose}`}>
          我同意
        </BigButton>
      )}
    </View>
  )
}

export default guarded(ConsentsPage)
