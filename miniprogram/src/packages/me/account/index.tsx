import { forgetSession } from '@/api/client'
import { useAction } from '@/api/use-action'
import { closeAccount } from '@/features/account/api'
import { CloseAccount } from '@/features/account/close-account'
import { ExportCard } from '@/features/account/export-card'
import { confirmPerson, personHere } from '@/offline/person'
import { OUTBOX, theOutbox } from '@/offline/use-outbox'
import { restartAt } from '@/platform/navigation'
import { sweepShared } from '@/platform/share-file'
import { forgetAllBut } from '@/platform/store'
import { guarded } from '@/ui/guarded'
import { Page } from '@/ui/page'

function AccountPage() {
  const close = useAction(async () => {
    const leaving = await confirmPerson().catch(personHere)
    await closeAccount()
    await theOutbox().clear(leaving)
    sweepShared()
    forgetAllBut(OUTBOX)
    forgetSession()
    restartAt('bind')
  })
  return (
    <Page>
      <ExportCard />
      <CloseAccount close={close} />
    </Page>
  )
}

export default guarded(AccountPage)
