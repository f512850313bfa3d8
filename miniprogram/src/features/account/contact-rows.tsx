import { type Contacts, call, contactLines } from '@/offline/contacts'
import { Row } from '@/ui/row'

/** The doctors' numbers that there are; a tap calls. */
export function ContactRows({ contacts }: { contacts: Contacts }) {
  return (
    <>
      {contactLines(contacts).map(({ label, phone }) => (
        <Row key={phone} label={label} value={phone} onTap={() => call(phone)} testId="contact" />
      ))}
    </>
  )
}
