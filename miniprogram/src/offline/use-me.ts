import { fetchMe } from '@/api/me'
import { rememberContacts } from './contacts'
import { rememberPerson } from './person'
import { useResource } from './use-resource'

async function freshMe() {
  const me = await fetchMe()
  rememberPerson(me.patient_id)
  rememberContacts(me)
  return me
}

/** Who one is and who one's doctors are, with no signal as it was last told. */
export const useMe = () => useResource('me', freshMe, { keep: 'offline' })
