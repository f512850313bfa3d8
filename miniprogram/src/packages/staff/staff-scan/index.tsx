import { useRouter } from '@tarojs/taro'
import { useRef, useState } from 'react'
import { useAction } from '@/api/use-action'
import { useLoad } from '@/api/use-load'
import { Answer } from '@/features/staff-scan/answer'
import { confirmStaffScan, fetchStaffScan } from '@/features/staff-scan/api'
import { Asking } from '@/features/staff-scan/asking'
import { StaffCodeEntry } from '@/features/staff-scan/code-entry'
import { ScanDone } from '@/features/staff-scan/done'
import { sceneValue } from '@/lib/scene'
import { paramOf } from '@/platform/navigation'
import { BigButton } from '@/ui/big-button'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'
import { ProblemNote } from '@/ui/problem-note'
import { Waiting } from '@/ui/waiting'

/** After these the code is of no use: another one has to be scanned. */
const OVER = ['scan-unknown', 'scan-number-wrong']

function StaffScanPage() {
  const { params } = useRouter()
  const [code, setCode] = useState(sceneValue(paramOf(params, 'scene'), 's'))
  if (!code) return <StaffCodeEntry onCode={setCode} />
  return <StaffScan key={code} code={code} onAgain={() => setCode('')} />
}

function StaffScan({ code, onAgain }: { code: string; onAgain: () => void }) {
  const { data: scan, problem, reload } = useLoad(() => fetchStaffScan(code), code)
  const [done, setDone] = useState<{ number: string | null } | null>(null)
  const picked = useRef<string | null>(null)
  const confirm = useAction(async () => {
    const { number } = await confirmStaffScan(code, picked.current)
    setDone({ number })
  })
  const failed = confirm.problem ?? problem
  if (done) return <ScanDone number={done.number} />
  if (failed && OVER.includes(failed.type)) {
    return (
      <Page
        footer={
          <BigButton onTap={onAgain} testId="staff-scan-again">
            重新扫码
          </BigButton>
        }
      >
        <ProblemNote problem={failed} />
      </Page>
    )
  }
  if (!scan) {
    return <Page>{problem ? <ProblemNote problem={problem} onRetry={reload} /> : <Waiting />}</Page>
  }
  const answer = (number: string | null) => {
    picked.current = number
    void confirm.run()
  }
  return (
    <Page footer={<Answer scan={scan} busy={confirm.busy} onYes={answer} />}>
      <Asking scan={scan} />
      <ProblemNote problem={confirm.problem} />
    </Page>
  )
}

export default guarded(StaffScanPage)
