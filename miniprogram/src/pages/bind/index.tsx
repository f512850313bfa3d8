import { useRouter } from '@tarojs/taro'
import { useEffect, useState } from 'react'
import { forgetSession, openSession } from '@/api/client'
import type { AcceptedConsent, BindingPreview } from '@/api/types'
import { useLoad } from '@/api/use-load'
import type { BindingCode } from '@/features/binding/api'
import { bind } from '@/features/binding/api'
import { CodeStep } from '@/features/binding/code-step'
import { ConfirmStep } from '@/features/binding/confirm-step'
import { ConsentStep } from '@/features/binding/consent-step'
import { TypedStep } from '@/features/binding/typed-step'
import { forgetDays } from '@/features/today/parts'
import { sceneValue } from '@/lib/scene'
import { rememberContacts } from '@/offline/contacts'
import { rememberPerson } from '@/offline/person'
import { open, paramOf, restartAt } from '@/platform/navigation'
import { scrollToTop } from '@/platform/scroll'
import { guarded } from '@/ui/guarded'

type Step =
  | { at: 'code' }
  | { at: 'typed' }
  | { at: 'confirm' | 'consent'; code: BindingCode; preview: BindingPreview }

function BindPage() {
  const firstCode = sceneValue(paramOf(useRouter().params, 'scene'), 'b')
  const session = useLoad(openSession)
  const [step, setStep] = useState<Step>({ at: 'code' })
  /** Of the code that opened the page: it is not looked up again by itself. */
  const [refused, setRefused] = useState(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: each step opens at its top
  useEffect(scrollToTop, [step.at])
  const found = (code: BindingCode, preview: BindingPreview) =>
    setStep({ at: 'confirm', code, preview })

  if (step.at === 'typed') {
    return <TypedStep onFound={found} onBack={() => setStep({ at: 'code' })} />
  }
  if (step.at === 'code') {
    return (
      <CodeStep
        firstCode={refused ? '' : firstCode}
        staff={session.data?.staff ?? false}
        onFound={found}
        onType={() => setStep({ at: 'typed' })}
        onStaffScan={() => open('staffScan')}
      />
    )
  }
  const startAgain = () => {
    setRefused(true)
    setStep({ at: 'code' })
  }
  if (step.at === 'confirm') {
    const goOn = () => setStep({ ...step, at: 'consent' })
    return <ConfirmStep preview={step.preview} onYes={goOn} onNo={startAgain} />
  }
  const { code } = step
  const finish = async (accepted: AcceptedConsent[], key: string) => {
    const me = await bind(code, accepted, key)
    rememberPerson(me.patient_id)
    rememberContacts(me)
    forgetDays()
    forgetSession()
    restartAt('today')
  }
  return <ConsentStep onAccepted={finish} onBack={startAgain} />
}

export default guarded(BindPage)
