/** Who is bound on this phone: remembered, so that what is kept offline bears its person too. */
import { openSession } from '@/api/client'
import { fetchMe } from '@/api/me'
import type { Session } from '@/api/types'
import { ApiProblem, asProblem } from '@/lib/problem'
import { rememberContacts } from '@/offline/contacts'
import { recall, remember } from '@/platform/store'
import { forgetAnswers } from './kept'

const PERSON = 'person'
let asked: { session: Session; answer: Promise<string> } | null = null

export const personHere = (): string | null => recall<string>(PERSON)

export function rememberPerson(patientId: string): void {
  if (personHere() !== patientId) forgetAnswers()
  remember(PERSON, patientId)
}

/** Asks the server once a session: the phone may have been bound to somebody else meanwhile. */
export async function confirmPerson(): Promise<string> {
  const session = await openSession()
  if (!session.bound) throw notBound()
  if (asked?.session !== session) asked = { session, answer: askAgainAfterFailure() }
  return asked.answer
}

async function askAgainAfterFailure(): Promise<string> {
  try {
    const me = await fetchMe()
    rememberPerson(me.patient_id)
    rememberContacts(me)
    return me.patient_id
  } catch (error) {
    asked = null
    // Of a record that its team has closed: what was filmed waits, it may be opened again.
    const nobody = ['not-bound', 'record-ended'].includes(asProblem(error).type)
    throw nobody ? notBound() : error
  }
}

/** What waits goes on waiting until somebody is bound. */
const notBound = () => new ApiProblem({ type: 'not-bound', title: '', status: 0 })
