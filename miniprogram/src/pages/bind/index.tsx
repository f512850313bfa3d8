import { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { forgetSession, openSession } from '@/api/client'
import type { AcceptedConsent, BindingPreview } from '@/api/types'
import { useLoad } from '@/api/use-load'
import { bind } from '@/features/binding/api'
import { CodeStep } from '@/features/binding/code-step'
import { ConfirmStep } from '@/features/binding/confirm-step'
import { ConsentStep } from '@/features/binding/consent-step'
import { forgetDays } from '@/features/today/parts'
import { sceneValue } from '@/lib/scene'
import { rememberContacts } from '@/offline/contacts'
import { rememberPerson } from '@/offline/person'
import { open, paramOf, restartAt } from '@/platform/navigation'

type Step = { at: 'code' } | { at: 'confirm' | 'consent'; code: string; preview: BindingPreview }

export default function BindPage() {
  const firstCode = sceneValue(paramOf(useRouter().params, 'scene'), 'b')
  const session = useLoad(openSession)
  const [step, setStep] = useState<Step>({ at: 'code' })

  if (step.at === 'code') {
    return (
      <CodeStep
        firstCode={firstCode}
        staff={session.data?.staff ?? false}
        onFound={(code, preview) => setStep({ at: 'confirm', code, preview })}
        onStaffScan={() => open('staffScan')}
      />
    )
  }
  const startAgain = () => setStep({ at: 'code' })
  if (step.at === 'confirm') {
    const goOn = () => setStep({ ...step, at: 'consent' })
    return <ConfirmStep preview={step.preview} onYes={goOn} onNo={startAgain} />
  }
  const finish = async (accepted: AcceptedConsent[], key: string) => {
    const me = await bind(step.code, accepted, key)
    rememberPerson(me.patient_id)
    rememberContacts(me)
    forgetDays()
    forgetSession()
    restartAt('today')
  }
  return <ConsentStep onAccepted={finish} onBack={startAgain} />
}
