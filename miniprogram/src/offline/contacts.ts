/** The phones of one's doctors, kept so that they are at hand when nothing can be loaded. */
import Taro from '@tarojs/taro'
import { useEffect, useState } from 'react'
import type { Me } from '@/api/types'
import { recall, remember } from '@/platform/store'

const CONTACTS = 'contacts'
const RELATION = 'relation'
const listeners = new Set<() => void>()

export type Contacts = Pick<Me, 'on_call_phone' | 'team_phone' | 'institution_phone'>
export interface ContactLine {
  label: string
  phone: string
}

export function rememberContacts(me: Contacts & Pick<Me, 'relation'>): void {
  remember<Me['relation']>(RELATION, me.relation)
  const { on_call_phone, team_phone, institution_phone } = me
  remember<Contacts>(CONTACTS, { on_call_phone, team_phone, institution_phone })
  for (const listener of [...listeners]) listener()
}

/** The numbers that there are, each once: first the one that answers at any hour. */
export function contactLines(contacts: Contacts | null): ContactLine[] {
  const lines = [
    { label: '值班电话，随时可打', phone: contacts?.on_call_phone },
    { label: '医生电话', phone: contacts?.team_phone },
    { label: '医院电话', phone: contacts?.institution_phone },
  ]
  const known: ContactLine[] = []
  for (const { label, phone } of lines) {
    if (phone && !known.some((line) => line.phone === phone)) known.push({ label, phone })
  }
  return known
}

/** Whether somebody else acts for the patient on this phone. */
export const isHelper = (): boolean => (recall<Me['relation']>(RELATION) ?? 'self') !== 'self'

/** Whom to call when it is urgent; null when no number was ever told. */
export const urgentContact = (): ContactLine | null =>
  contactLines(recall<Contacts>(CONTACTS))[0] ?? null

/** On a page that opens before the numbers have come it appears with them. */
export function useUrgentContact(): ContactLine | null {
  const [contact, setContact] = useState(urgentContact)
  useEffect(() => {
    const again = () => setContact(urgentContact())
    again()
    listeners.add(again)
    return () => {
      listeners.delete(again)
    }
  }, [])
  return contact
}

/** Refusing the system's question is no failure. */
export const call = (phoneNumber: string) =>
  void Taro.makePhoneCall({ phoneNumber }).catch(() => undefined)
