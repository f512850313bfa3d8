import { call, useUrgentContact } from '@/offline/contacts'
import { BigButton, type BigButtonProps } from './big-button'

/** Beside every sentence that says to call, ask or tell the doctor; nothing where no number is known. */
export function CallDoctor({ look = 'plain' }: Pick<BigButtonProps, 'look'>) {
  const doctor = useUrgentContact()
  if (!doctor) return null
  return (
    <BigButton look={look} testId="call-doctor" onTap={() => call(doctor.phone)}>
      给医生打电话
    </BigButton>
  )
}
