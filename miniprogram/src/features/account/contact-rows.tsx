import { Row } from '@/components/row'
import { type Contacts, call, contactLines } from './contacts'

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
